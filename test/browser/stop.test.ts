import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { glance, pressStop, saved, sourceOf, watchStops } from './cells';
import type { Saved } from './cells';
import { command, openNotebook, screenshot, startBrowser, startLab, waitIdle } from './lab';
import type { Lab } from './lab';

// what the function given to `waitForFunction` sees inside the page
declare const document: {
  querySelectorAll(
    selector: string,
  ): ArrayLike<{ querySelector(selector: string): { readonly textContent: string | null } | null }>;
};

const root = resolve(__dirname, '..', '..');
const album = join(root, 'test-results', 'stop');
const presses = 5;

// the notebook's own cells up to its first training cell, which is given more steps than anybody would wait for
const endless = (source: string) => source.replace(/const steps = .*;/, 'const steps = 1_000_000;');
const probes = [
  // a training that goes on in the background would show here
  'const seen = elitaSteps.length;\nawait new Promise((wake) => setTimeout(wake, 1000));\nconsole.log(JSON.stringify({ seen, later: elitaSteps.length }))',
  'const more = await fit(elita, batches(1), { steps: 2, learningRate: 1e-3 });\nconsole.log(JSON.stringify({ steps: more.records.length, stopped: more.stopped }))',
];

describe('Stop, pressed in JupyterLab while notebook 03 trains', () => {
  let lab: Lab;
  let context: BrowserContext;
  let page: Page;
  let training: number;

  before(async function () {
    this.timeout(240_000);
    const folder = await mkdtemp(join(tmpdir(), 'attention-lab-stop-'));
    const notebook = JSON.parse(
      await readFile(join(root, 'notebooks', '03-train-elita.ipynb'), 'utf8'),
    ) as Saved;
    const sources = notebook.cells.filter(({ cell_type }) => cell_type === 'code').map(sourceOf);
    training = sources.findIndex((source) => source.includes('await fit(elita'));
    const cells = [...sources.slice(0, training + 1).map(endless), ...probes].map((source, n) => ({
      ...{ cell_type: 'code', id: `cell-${n}`, metadata: {}, execution_count: null, outputs: [], source },
    }));
    expect(cells.filter(({ source }) => source.includes('1_000_000')).length).to.equal(1);
    await writeFile(join(folder, 'stop.ipynb'), JSON.stringify({ ...notebook, cells }));
    await mkdir(album, { recursive: true });
    lab = await startLab({ folder, environment: { ATTENTION_LAB_FAST: '1' } });
    context = await startBrowser();
    page = context.pages()[0] ?? (await context.newPage());
    await openNotebook(page, lab, 'stop.ipynb');
    await waitIdle(page, 60_000);
    await watchStops(page);
    for (let cell = 0; cell < training; cell++) await run(cell);
  });

  after(async () => {
    await context?.close();
    await lab?.stop();
    if (lab) await rm(lab.folder, { recursive: true, force: true });
  });

  it(`ends the training ${presses} times, keeps what was learned, and a new cell trains on`, async function () {
    this.timeout(240_000);
    const times: number[] = [];
    for (let press = 0; press < presses; press++) {
      await start(training);
      await untilItMoves();
      if (press === 0) await screenshot(page, join(album, 'while-it-runs.png'));
      times.push(await pressStop(page));
      const kept = JSON.parse(await output(training + 1)) as { seen: number; later: number };
      expect(kept.seen).to.be.greaterThan(1);
      expect(kept.later).to.equal(kept.seen);
    }
    const more = JSON.parse(await output(training + 2)) as Record<string, unknown>;
    expect(more).to.deep.equal({ steps: 2, stopped: false });
    await screenshot(page, join(album, 'after.png'));
    console.log(`      from the click to idle: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  });

  it('leaves the chart with its last point and its picture, and no error but the interrupt itself', async () => {
    const { cells } = await saved(page);
    const outputs = cells[training]?.outputs ?? [];
    const errors = outputs.filter(({ output_type }) => output_type === 'error');
    expect(errors.every(({ ename }) => ename === 'KeyboardInterrupt')).to.equal(true);
    const { data = {} } = outputs[0] ?? {};
    expect(data).to.include.keys('application/vnd.vegalite.v5+json', 'image/png', 'text/plain');
    const { seen } = JSON.parse(await output(training + 1)) as { seen: number };
    expect(data['text/plain']).to.contain(`, ${seen} steps: ELiTA goes from`);
  });

  /** Starts a cell without waiting for it. */
  async function start(cell: number): Promise<void> {
    await page.locator('.jp-Notebook .jp-Cell').nth(cell).locator('.jp-InputPrompt').click();
    await command(page, 'notebook:enter-command-mode');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(
      (at) =>
        document.querySelectorAll('.jp-Notebook .jp-Cell')[at]?.querySelector('.jp-InputPrompt')
          ?.textContent !== '[ ]:',
      cell,
      { timeout: 20_000, polling: 20 },
    );
  }

  async function run(cell: number): Promise<void> {
    await start(cell);
    await waitIdle(page, 120_000);
  }

  /** Runs a cell and gives what it printed. */
  async function output(cell: number): Promise<string> {
    await run(cell);
    const text = (await saved(page)).cells[cell]?.outputs?.[0]?.text;
    return Array.isArray(text) ? text.join('') : String(text);
  }

  async function untilItMoves(): Promise<void> {
    const frames = new Set<string>();
    for (const end = Date.now() + 60_000; frames.size < 2;) {
      const { running, picture } = await glance(page, training);
      if (running && picture) frames.add(picture);
      expect(Date.now(), 'the chart did not move').to.be.lessThan(end);
      await page.waitForTimeout(50);
    }
  }
});

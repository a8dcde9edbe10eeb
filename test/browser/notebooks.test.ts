import { expect } from 'chai';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { drawnFigures, glance, saved, sourceOf } from './cells';
import type { SavedOutput } from './cells';
import { command, openNotebook, runAll, screenshot, startBrowser, startLab, waitIdle, watch } from './lab';
import type { Lab, Watch } from './lab';

const root = resolve(__dirname, '..', '..');
// for whoever wants to look; not part of the repository
const album = join(root, 'test-results', 'notebooks');
const vega = 'application/vnd.vegalite.v5+json';
const plotly = 'application/vnd.plotly.v1+json';

describe('the notebooks in JupyterLab, run from top to bottom', () => {
  let lab: Lab;
  let context: BrowserContext;

  before(async function () {
    this.timeout(240_000);
    const folder = await mkdtemp(join(tmpdir(), 'attention-lab-notebooks-'));
    for (const name of await readdir(join(root, 'notebooks')))
      if (name.endsWith('.ipynb')) await copyFile(join(root, 'notebooks', name), join(folder, name));
    await mkdir(album, { recursive: true });
    lab = await startLab({ folder, environment: { ATTENTION_LAB_FAST: '1' } });
    context = await startBrowser();
  });

  after(async () => {
    await context?.close();
    await lab?.stop();
    if (lab) await rm(lab.folder, { recursive: true, force: true });
  });

  for (const name of ['01-softmax-to-linear', '02-elita-bases', '03-train-elita']) {
    describe(name, () => {
      let page: Page;
      let seen: Watch;
      let outputs: readonly SavedOutput[];

      before(async function () {
        this.timeout(120_000);
        page = await context.newPage();
        seen = watch(page);
        await openNotebook(page, lab, `${name}.ipynb`);
        await command(page, 'notebook:clear-all-cell-outputs');
      });

      after(() => page.close());

      it('runs, and its charts move while their cells run', async function () {
        this.timeout(300_000);
        const cells = (await saved(page)).cells;
        await runAll(page);
        for (const [index, cell] of cells.entries())
          if (/liveFigure\(\(\) => chart/.test(sourceOf(cell))) await moves(page, index);
        await waitIdle(page, 280_000);
        outputs = (await saved(page)).cells.flatMap((cell) => cell.outputs ?? []);
      });

      it('has no error and nothing on stderr', () => {
        const bad = outputs.filter(({ output_type, name }) => output_type === 'error' || name === 'stderr');
        expect(bad.map(({ evalue, text }) => evalue ?? text)).to.deep.equal([]);
      });

      it('draws every figure, none blank', async () => {
        const with_ = (mime: string) => outputs.filter(({ data = {} }) => mime in data).length;
        const drawn = await drawnFigures(page, with_(vega) + with_(plotly));
        expect(with_(vega) + with_(plotly)).to.be.greaterThan(3);
        expect({ vega: drawn.vega, plotly: drawn.plotly }).to.deep.equal({
          vega: with_(vega),
          plotly: with_(plotly),
        });
        expect(drawn.fewestColours).to.be.greaterThan(10);
        await photograph(page, name);
      });

      it('raised no error in the page and asked no other machine for anything', () => {
        expect(seen.errors).to.deep.equal([]);
        expect(seen.foreign).to.deep.equal([]);
      });
    });
  }
});

/** Waits until a cell has shown two different charts while it was at work. */
async function moves(page: Page, index: number): Promise<void> {
  const frames = new Set<string>();
  let started = false;
  for (const end = Date.now() + 200_000; frames.size < 2;) {
    const { running, picture } = await glance(page, index);
    if (running && picture) frames.add(picture);
    // the screen as it is while the cell runs
    if (running && picture && frames.size === 1 && !started) {
      started = true;
      await screenshot(page, join(album, `running-${index}.png`), index);
    }
    expect(Date.now(), `cell ${index} showed ${frames.size} charts while it ran`).to.be.lessThan(end);
    await page.waitForTimeout(50);
  }
}

/** A screenshot of every cell with a figure. */
async function photograph(page: Page, name: string): Promise<void> {
  const { cells } = await saved(page);
  for (const [index, { outputs = [] }] of cells.entries())
    if (outputs.some(({ data = {} }) => vega in data || plotly in data)) {
      await page.locator('.jp-Notebook .jp-Cell').nth(index).scrollIntoViewIfNeeded();
      await screenshot(page, join(album, `${name}-${index}.png`), index);
    }
}

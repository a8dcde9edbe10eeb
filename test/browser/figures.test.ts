import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { bundleMetadata, figureBundle, interactiveBundle } from '../../kernel-ext/display/figure';
import { heatmaps, lossCurve } from '../../src/plot';
import { pictures } from '../plot/pictures';
import { command, openNotebook, screenshot, startBrowser, startLab, watch, withoutKernel } from './lab';
import type { Lab, Watch } from './lab';

// what the functions given to `evaluate` see inside the page; the test itself has no DOM
interface PageElement {
  querySelector(selector: string): PageElement | null;
  getAttribute(name: string): string | null;
  readonly dataset: Record<string, string>;
  readonly layout: { readonly xaxis: { readonly range: unknown } };
}
declare const window: { readonly jupyterapp: { readonly shell: { readonly currentWidget: Panel } } };
declare const document: {
  querySelectorAll(selector: string): ArrayLike<PageElement>;
  readonly body: PageElement;
};
declare const getComputedStyle: (node: unknown) => { readonly fill: string };

// screenshots for whoever wants to look; ATTENTION_LAB_SCREENSHOTS names a folder to keep them in
const album = process.env['ATTENTION_LAB_SCREENSHOTS'];

describe('figures in JupyterLab, from saved outputs, without a kernel', () => {
  let lab: Lab;
  let context: BrowserContext;
  let page: Page;
  let seen: Watch;
  const names = Object.keys(pictures);

  before(async function () {
    this.timeout(240_000);
    const folder = await mkdtemp(join(tmpdir(), 'attention-lab-figures-'));
    const cells = [];
    for (const figure of Object.values(pictures)) {
      const data = await figureBundle(figure);
      cells.push(cell({ output_type: 'display_data', data, metadata: bundleMetadata(data) }));
    }
    const broken = {
      'application/vnd.plotly.v1+json': { data: 'nonsense' },
      'text/plain': 'what it was about',
    };
    cells.push(cell({ output_type: 'display_data', data: broken, metadata: {} }));
    await writeFile(join(folder, 'figures.ipynb'), JSON.stringify({ ...notebook, cells }));
    lab = await startLab({ folder });
    context = await startBrowser();
    page = context.pages()[0] ?? (await context.newPage());
    seen = watch(page);
    await openNotebook(page, lab, 'figures.ipynb');
    await withoutKernel(page);
    if (album) await mkdir(album, { recursive: true });
  });

  after(async () => {
    await context?.close();
    await lab?.stop();
    if (lab) await rm(lab.folder, { recursive: true, force: true });
  });

  const output = (index: number) =>
    page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.jp-Cell-outputArea');

  for (const [index, [name, figure]] of Object.entries(pictures).entries()) {
    it(`draws ${name} interactively`, async () => {
      await output(index).scrollIntoViewIfNeeded();
      if (figure.plotly) {
        const plot = output(index).locator('.attention-lab-plotly');
        await plot.locator('.main-svg').first().waitFor({ timeout: 60_000 });
        expect(await plot.locator('.heatmaplayer image').count()).to.equal(figure.plotly.data.length);
        expect(await plot.getAttribute('aria-label')).to.equal(figure.text);
      } else {
        const canvas = output(index).locator('.vega-embed canvas');
        await canvas.waitFor({ timeout: 60_000 });
        expect((await canvas.boundingBox())?.width).to.be.greaterThan(300);
      }
      if (album) await screenshot(page, join(album, `${name}.png`), index);
    });
  }

  it('says what is wrong with a figure that cannot be drawn, and shows its sentence', async () => {
    const text = await output(names.length).locator('.attention-lab-plotly').textContent();
    expect(text).to.match(/cannot be drawn.*what it was about/s);
  });

  it('shows the number of a cell on hovering', async () => {
    const index = names.indexOf('heatmaps-4');
    await output(index).scrollIntoViewIfNeeded();
    const plot = await output(index).locator('.nsewdrag[data-subplot=xy]').boundingBox();
    await page.mouse.move((plot?.x ?? 0) + 30, (plot?.y ?? 0) + 120);
    await page.mouse.move((plot?.x ?? 0) + 2, (plot?.y ?? 0) + 100, { steps: 8 });
    const hover = output(index).locator('.hoverlayer .hovertext');
    await hover.first().waitFor({ timeout: 10_000 });
    expect(await hover.first().textContent()).to.match(/query i = \d+, key j = 0.*attention weight \d/s);
  });

  it('offers no button that sends a figure away', async () => {
    const buttons = output(names.indexOf('heatmaps-4')).locator('.modebar-btn');
    const titles = await buttons.evaluateAll((nodes) =>
      nodes.map((node) => (node as unknown as PageElement).getAttribute('data-title')),
    );
    expect(titles.join()).to.match(/Download/);
    expect(titles.join()).to.not.match(/cloud|studio|send|share/i);
  });

  it('updates a Plotly figure in place and keeps the zoom', async () => {
    const index = names.indexOf('heatmaps-4');
    const plot = output(index).locator('.attention-lab-plotly');
    const before = await plot.locator('.heatmaplayer image').first().getAttribute('href');
    await plot.evaluate((node) => ((node as unknown as PageElement).dataset['mark'] = 'same node'));
    const box = await output(index).locator('.nsewdrag[data-subplot=xy]').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 20);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100, { steps: 5 });
    await page.mouse.up();
    const zoomed = await plot.evaluate(range);
    expect(zoomed).to.not.deep.equal([-0.5, 23.5]);
    const maps = [0, 1, 2, 3].map(() =>
      Array.from({ length: 24 }, (_, i) => Array.from({ length: 24 }, (_, j) => Number(j === i))),
    );
    const next = heatmaps({ title: 'Every query attends to itself', quantity: 'weights', maps });
    await update(page, index, { ...interactiveBundle(next) });
    await page.waitForFunction(
      ([at, old]) =>
        document
          .querySelectorAll('.jp-Notebook .jp-Cell')
          [at]?.querySelector('.heatmaplayer image')
          ?.getAttribute('href') !== old,
      [index, before] as const,
      { timeout: 10_000 },
    );
    expect(await plot.getAttribute('data-mark')).to.equal('same node');
    expect(await plot.getAttribute('aria-label')).to.equal(next.text);
    expect(await plot.evaluate(range)).to.deep.equal(zoomed);
  });

  it('survives updates that come faster than it draws, and shows the last', async () => {
    const index = names.indexOf('heatmaps-8');
    for (let n = 0; n < 30; n++) {
      const next = heatmaps({
        title: `frame ${n}`,
        quantity: 'weights',
        maps: [
          [
            [1, 0],
            [n / 30, 1 - n / 30],
          ],
        ],
      });
      await update(page, index, interactiveBundle(next));
    }
    await output(index).locator('.gtitle', { hasText: 'frame 29' }).waitFor({ timeout: 20_000 });
    expect(await output(index).locator('.heatmaplayer image').count()).to.equal(1);
  });

  it('updates a loss curve in place', async () => {
    const index = names.indexOf('loss');
    const run = { name: 'ELiTA', steps: [1, 2, 3], losses: [5.5, 5.1, 4.2] };
    await update(page, index, interactiveBundle(lossCurve({ title: 'Updated', runs: [run] })));
    const label = output(index).locator('.vega-embed canvas[aria-label], .vega-embed canvas');
    await label.first().waitFor({ timeout: 20_000 });
    if (album) await screenshot(page, join(album, 'loss-updated.png'), index);
  });

  it('is legible in the dark theme', async () => {
    const index = names.indexOf('basis-8');
    await output(index).scrollIntoViewIfNeeded();
    await command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
    const text = output(index).locator('.gtitle');
    await page.waitForFunction(() => document.body.dataset['jpThemeLight'] === 'false', undefined, {
      timeout: 30_000,
    });
    await page.waitForTimeout(1_500);
    const fill = await text.evaluate((node) => getComputedStyle(node).fill);
    const [red = 0] = (fill.match(/\d+/g) ?? []).map(Number);
    expect(red, fill).to.be.greaterThan(200);
    if (album) await screenshot(page, join(album, 'dark.png'), index);
    await command(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });
  });

  it('goes away with its output', async () => {
    await command(page, 'notebook:clear-all-cell-outputs');
    await page.waitForFunction(
      () => document.querySelectorAll('.attention-lab-plotly').length === 0,
      undefined,
      {
        timeout: 10_000,
      },
    );
  });

  it('raised no error and asked no other machine for anything', () => {
    expect(seen.errors).to.deep.equal([]);
    expect(seen.foreign).to.deep.equal([]);
  });
});

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'none', display_name: 'none' } },
};

let made = 0;
function cell(output: Record<string, unknown>) {
  made += 1;
  return {
    cell_type: 'code',
    id: `cell-${made}`,
    execution_count: null,
    metadata: {},
    source: '',
    outputs: [output],
  };
}

/** What an `update_display_data` message does: new data for an output that stays where it is. */
function update(page: Page, index: number, data: Record<string, unknown>): Promise<void> {
  return page.evaluate(
    ([at, bundle]) => {
      const { currentWidget } = window.jupyterapp.shell;
      currentWidget.content.widgets[at]?.outputArea.model.get(0).setData({ data: bundle, metadata: {} });
    },
    [index, data] as const,
  );
}

interface Panel {
  content: { widgets: { outputArea: { model: { get(n: number): { setData(of: unknown): void } } } }[] };
}

function range(node: unknown): unknown {
  return (node as PageElement).layout.xaxis.range;
}

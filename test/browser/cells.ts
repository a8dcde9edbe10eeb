import type { Page } from 'playwright-core';

// what the functions below see when they run inside the page
interface Node {
  readonly textContent: string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): ArrayLike<Node>;
}
interface Canvas extends Node {
  readonly width: number;
  readonly height: number;
  toDataURL(): string;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}
interface Session {
  readonly statusChanged: { connect(slot: (sender: unknown, status: string) => void): void };
}
declare const window: {
  readonly jupyterapp: {
    readonly shell: {
      readonly currentWidget: {
        readonly context: { readonly model: { toJSON(): Saved } };
        readonly sessionContext: Session;
      };
    };
  };
  stopTimes?: { pressed: number; idle: number };
};
declare const document: {
  querySelectorAll(selector: string): ArrayLike<Node>;
  addEventListener(type: string, listener: () => void, capture: true): void;
};

/** One output as the notebook would be saved with it. */
export interface SavedOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly text?: unknown;
  readonly ename?: string;
  readonly evalue?: string;
}
export interface Saved {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly outputs?: readonly SavedOutput[];
  }[];
}

/** The open notebook as it would be saved now. */
export function saved(page: Page): Promise<Saved> {
  return page.evaluate(() => window.jupyterapp.shell.currentWidget.context.model.toJSON());
}

export const sourceOf = ({ source }: { readonly source: string | readonly string[] }): string =>
  typeof source === 'string' ? source : source.join('');

/** The figures that a page shows and how many colours the dullest of them has. */
export interface Drawn {
  readonly vega: number;
  readonly plotly: number;
  readonly fewestColours: number;
}

/** Counts the figures that are drawn; waits first until there are `expected`. */
export async function drawnFigures(page: Page, expected: number): Promise<Drawn> {
  await page.waitForFunction(
    (wanted) =>
      document.querySelectorAll('.jp-Notebook .vega-embed canvas').length +
        document.querySelectorAll('.jp-Notebook .attention-lab-plotly .heatmaplayer').length >=
      wanted,
    expected,
    { timeout: 60_000, polling: 200 },
  );
  return page.evaluate(() => {
    // no named functions here: the compiler would wrap them in a helper that the page does not have
    const canvases = Array.from(document.querySelectorAll('.jp-Notebook .vega-embed canvas')) as Canvas[];
    const colours = canvases.map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
      return seen.size;
    });
    // a Plotly figure without an image in every panel would be blank
    const plots = Array.from(document.querySelectorAll('.jp-Notebook .attention-lab-plotly')).filter(
      (plot) =>
        plot.querySelectorAll('.heatmaplayer image').length > 0 &&
        plot.querySelectorAll('.heatmaplayer image').length === plot.querySelectorAll('.heatmaplayer').length,
    );
    return { vega: canvases.length, plotly: plots.length, fewestColours: Math.min(...colours) };
  });
}

/** What cell `index` shows at this moment: whether it is still at work, and its chart. */
export function glance(
  page: Page,
  index: number,
): Promise<{ running: boolean; picture: string | undefined }> {
  return page.evaluate((at) => {
    const cell = document.querySelectorAll('.jp-Notebook .jp-Cell')[at];
    const canvas = cell?.querySelector('.vega-embed canvas') as Canvas | null | undefined;
    return {
      running: cell?.querySelector('.jp-InputPrompt')?.textContent?.includes('[*]') ?? false,
      picture: canvas?.toDataURL(),
    };
  }, index);
}

/** From now on the page notes when somebody clicks and when its kernel becomes idle. */
export function watchStops(page: Page): Promise<void> {
  return page.evaluate(() => {
    const times = { pressed: Infinity, idle: Infinity };
    window.stopTimes = times;
    document.addEventListener('click', () => (times.pressed = performance.now()), true);
    window.jupyterapp.shell.currentWidget.sessionContext.statusChanged.connect((_, status) => {
      if (status === 'idle') times.idle = performance.now();
    });
  });
}

/** Presses the Stop button; resolves with the milliseconds from the click until the kernel is idle. */
export async function pressStop(page: Page): Promise<number> {
  await page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').first().click();
  await page.waitForFunction(
    () => window.stopTimes !== undefined && window.stopTimes.idle > window.stopTimes.pressed,
    undefined,
    { timeout: 20_000, polling: 20 },
  );
  return page.evaluate(() =>
    window.stopTimes === undefined ? NaN : window.stopTimes.idle - window.stopTimes.pressed,
  );
}

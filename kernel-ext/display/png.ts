import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Loader } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import type { Figure } from '../../src/plot/figure';
import { indexedPng } from '../../src/plot/image';
import { font } from '../../src/plot/theme';
import { quantise } from './quantise';

/** PNG pixels per CSS pixel: sharp on dense screens, still small. */
export const pixelRatio = 2;

/**
 * A figure's still form as an SVG document. Nothing is read from disk or network while it is drawn. `onWarning`
 * hears what Vega-Lite and Vega find odd about the specification.
 *
 * @example
 * const svg = await figureSvg(heatmaps({ title: 'One', quantity: 'weights', maps: [[[1]]] }));
 */
export async function figureSvg(
  figure: Figure,
  onWarning: (sentence: string) => void = () => {},
): Promise<string> {
  // loaded on first use: a kernel that draws nothing starts 0.2 s sooner
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const logger = vega.logger(vega.Warn, undefined, (_method, _level, told) =>
    onWarning(Array.from(told).join(' ')),
  );
  // a figure is plain JSON; Vega-Lite checks it, and its type is too large to build by hand
  const { spec } = lite.compile(figure.static as unknown as TopLevelSpec, { logger });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logger, loader: offline(vega.loader()) });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * A figure's still form as a PNG file, the same bytes on every machine: the fonts come with this package.
 *
 * @example
 * writeFileSync('figure.png', await figurePng(figure));
 */
export async function figurePng(figure: Figure, onWarning?: (sentence: string) => void): Promise<Buffer> {
  const [svg, { renderAsync }] = await Promise.all([figureSvg(figure, onWarning), import('@resvg/resvg-js')]);
  const image = await renderAsync(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: fontFiles(),
      defaultFontFamily: font.split(',')[0] as string,
      sansSerifFamily: font.split(',')[0] as string,
    },
    fitTo: { mode: 'zoom', value: pixelRatio },
    // cells of a heatmap keep their edges
    imageRendering: 1,
    logLevel: 'off',
  });
  return Buffer.from(indexedPng(quantise(image.width, image.height, image.pixels)));
}

/**
 * Writes a figure's still form to `path`.
 *
 * @example
 * await savePng(lossCurve({ runs: log.runs }), 'loss.png');
 */
export async function savePng(figure: Figure, path: string): Promise<void> {
  await writeFile(path, await figurePng(figure));
}

function fontFiles(): string[] {
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  return ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSans-Oblique.ttf'].map((file) =>
    join(folder, file),
  );
}

// figures carry their data; an address in one, ours or a user's, is never followed
function offline(loader: Loader): Loader {
  const refuse = (address: string) => Promise.reject(new Error(`figure: '${address}' is not loaded`));
  return { ...loader, load: refuse, http: refuse, file: refuse };
}

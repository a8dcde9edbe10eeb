import type { Figure } from '../../src/plot/figure';
import { figurePng, pixelRatio } from './png';

export { figurePng, figureSvg, savePng } from './png';

/** One output in several forms; a front end shows the richest it knows. */
export type MimeBundle = Record<string, unknown>;

const vegalite = 'application/vnd.vegalite.v5+json';
const plotly = 'application/vnd.plotly.v1+json';

/**
 * A figure as one notebook output: interactive data, a PNG for places that run no renderer (static viewers, mail,
 * paper), and one sentence of text.
 *
 * @example
 * const bundle = await figureBundle(lossCurve({ runs }));
 */
export async function figureBundle(figure: Figure): Promise<MimeBundle> {
  const png = await figurePng(figure);
  return { ...interactiveBundle(figure), 'image/png': png.toString('base64') };
}

/**
 * The figure without its PNG, at once: for updates that follow each other quickly. The last one should be a
 * {@link figureBundle}, so that the saved notebook has its still form.
 */
export function interactiveBundle(figure: Figure): MimeBundle {
  return {
    ...(figure.plotly ? { [plotly]: figure.plotly } : {}),
    ...(figure.vegalite ? { [vegalite]: figure.vegalite } : {}),
    'text/plain': figure.text,
  };
}

/**
 * Output metadata for a bundle: the PNG's size in CSS pixels, so that a picture with two pixels per CSS pixel is not
 * shown twice as large.
 */
export function bundleMetadata(bundle: MimeBundle): Record<string, unknown> {
  const png = bundle['image/png'];
  if (typeof png !== 'string') return {};
  // width and height stand at bytes 16 and 20 of every PNG
  const head = Buffer.from(png.slice(0, 64), 'base64');
  const css = (at: number) => Math.round(head.readUInt32BE(at) / pixelRatio);
  return { 'image/png': { width: css(16), height: css(20) } };
}

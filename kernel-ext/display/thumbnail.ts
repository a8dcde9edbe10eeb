import { PNG } from 'pngjs';
import type { Statistics } from './tensorFacts';

type Colour = readonly [number, number, number];

/** Blue, white, orange: told apart by all kinds of colour vision. */
const diverging: readonly Colour[] = [
  [33, 102, 172],
  [146, 197, 222],
  [247, 247, 247],
  [253, 184, 99],
  [179, 88, 6],
];
/** Dark to light with even steps of lightness (anchors of viridis). */
const sequential: readonly Colour[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];
const notANumber: Colour = [255, 0, 255];
const wantedSide = 192;
const largestSquare = 24;

/** A small picture of a matrix, one square per value. Signed values are coloured around 0. PNG bytes. */
export function thumbnail(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  { min, max }: Statistics,
): Buffer {
  const side = Math.min(largestSquare, Math.max(1, Math.floor(wantedSide / Math.max(rows, columns))));
  const png = new PNG({ width: columns * side, height: rows * side, colorType: 2 });
  const signed = min < 0 && max > 0;
  const reach = Math.max(Math.abs(min), Math.abs(max));
  const share = (value: number): number =>
    signed ? (value / reach + 1) / 2 : max > min ? (value - min) / (max - min) : 0.5;
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const value = values[Math.floor(y / side) * columns + Math.floor(x / side)] ?? NaN;
      const colour = Number.isFinite(value) ? mix(signed ? diverging : sequential, share(value)) : notANumber;
      png.data.set([...colour, 255], (y * png.width + x) * 4);
    }
  }
  return PNG.sync.write(png, { colorType: 2 });
}

function mix(anchors: readonly Colour[], share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const low = anchors[Math.floor(at)] ?? notANumber;
  const high = anchors[Math.ceil(at)] ?? low;
  const part = at - Math.floor(at);
  const blend = (i: 0 | 1 | 2): number => Math.round(low[i] + (high[i] - low[i]) * part);
  return [blend(0), blend(1), blend(2)];
}

import type { IndexedImage } from '../../src/plot/image';

type Rgb = readonly [number, number, number];

/**
 * A true-colour picture (RGBA, opaque) as one of at most 256 colours: the most frequent ones that are not nearly
 * alike, each other pixel taking the nearest of them. Figures have few colours, so nothing visible is lost and the
 * file shrinks several times.
 * Time grows with the number of pixels plus 256 times the number of different colours.
 */
export function quantise(width: number, height: number, rgba: Uint8Array): IndexedImage {
  const counts = new Map<number, number>();
  const colourOf = new Uint32Array(width * height);
  // neighbours are mostly equal: one visit to the map per run of pixels, not per pixel
  let start = 0;
  for (let at = 0; at <= colourOf.length; at++) {
    if (at < colourOf.length) {
      colourOf[at] =
        ((rgba[4 * at] as number) << 16) | ((rgba[4 * at + 1] as number) << 8) | (rgba[4 * at + 2] as number);
      if (colourOf[at] === colourOf[start]) continue;
    }
    const colour = colourOf[start] as number;
    counts.set(colour, (counts.get(colour) ?? 0) + at - start);
    start = at;
  }
  // equal counts in a fixed order, so that the same figure gives the same bytes
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || a - b).map(([colour]) => rgb(colour));
  let colours = chosen(frequent, 0);
  for (let apart = 4; colours.length > 256; apart *= 1.5) colours = chosen(frequent, apart);
  const place = new Map<number, number>();
  for (const colour of counts.keys()) place.set(colour, nearest(colours, rgb(colour)));
  const pixels = new Uint8Array(colourOf.length);
  for (let at = 0; at < pixels.length; at++)
    pixels[at] =
      at > 0 && colourOf[at] === colourOf[at - 1]
        ? (pixels[at - 1] as number)
        : (place.get(colourOf[at] as number) as number);
  return { width, height, pixels, colours };
}

/** The frequent colours, leaving out each that is nearer than `apart` to one before it; stops after 257. */
function chosen(frequent: readonly Rgb[], apart: number): Rgb[] {
  const colours: Rgb[] = [];
  for (const colour of frequent) {
    if (apart === 0 || !colours.some((other) => distance(other, colour) < apart ** 2)) colours.push(colour);
    if (colours.length > 256) break;
  }
  return colours;
}

/** Place of the colour that is nearest. */
function nearest(colours: readonly Rgb[], colour: Rgb): number {
  let place = 0;
  let least = Infinity;
  for (let at = 0; at < colours.length && least > 0; at++) {
    const here = distance(colours[at] as Rgb, colour);
    if (here < least) [place, least] = [at, here];
  }
  return place;
}

function distance(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

function rgb(colour: number): Rgb {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

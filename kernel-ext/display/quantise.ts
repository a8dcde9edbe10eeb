import type { IndexedImage } from '../../src/plot/image';

type Rgb = readonly [number, number, number];

/**
 * A true-colour picture (RGBA, opaque) as one of at most 256 colours: the most frequent ones that are not
 * nearly alike, each other pixel taking the nearest of them. Figures have few colours, so nothing visible is lost and the file shrinks several times.
 * Time grows with the number of pixels plus 256 times the number of different colours.
 */
export function quantise(width: number, height: number, rgba: Uint8Array): IndexedImage {
  const counts = new Map<number, number>();
  const colourOf = new Uint32Array(width * height);
  for (let at = 0; at < colourOf.length; at++) {
    const colour =
      ((rgba[4 * at] as number) << 16) | ((rgba[4 * at + 1] as number) << 8) | (rgba[4 * at + 2] as number);
    colourOf[at] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  // equal counts in a fixed order, so that the same figure gives the same bytes
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || a - b).map(([colour]) => rgb(colour));
  let colours = chosen(frequent, 0);
  for (let apart = 2; colours.length > 256; apart += 1) colours = chosen(frequent, apart);
  const place = new Map<number, number>();
  for (const colour of counts.keys()) place.set(colour, nearest(colours, rgb(colour)).n);
  return {
    width,
    height,
    pixels: Uint8Array.from(colourOf, (colour) => place.get(colour) as number),
    colours,
  };
}

/** The frequent colours, leaving out each that is nearer than `apart` to one before it; stops after 257. */
function chosen(frequent: readonly Rgb[], apart: number): Rgb[] {
  const colours: Rgb[] = [];
  for (const colour of frequent) {
    if (nearest(colours, colour).distance >= apart ** 2) colours.push(colour);
    if (colours.length > 256) break;
  }
  return colours;
}

function nearest(colours: readonly Rgb[], [r, g, b]: Rgb): { n: number; distance: number } {
  let n = 0;
  let distance = Infinity;
  for (let at = 0; at < colours.length; at++) {
    const [red, green, blue] = colours[at] as Rgb;
    const here = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
    if (here < distance) [n, distance] = [at, here];
  }
  return { n, distance };
}

function rgb(colour: number): Rgb {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

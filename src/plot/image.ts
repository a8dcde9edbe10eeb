import { crc32, deflateSync } from 'node:zlib';
import { demand } from './figure';

/** A picture whose pixels are numbers of colours: one byte per pixel. */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** `width * height` colour numbers, row after row. */
  readonly pixels: Uint8Array;
  /** At most 256 colours: red, green, blue (0 to 255 each). */
  readonly colours: readonly (readonly [number, number, number])[];
}

/**
 * The picture as a PNG file: one byte per pixel before compression, a quarter of what true colour needs.
 * Throws `FigureError` when the number of pixels is not `width * height`.
 * Source: PNG specification, third edition (W3C, 2025, https://www.w3.org/TR/png-3/), colour type 3.
 */
export function indexedPng({ width, height, pixels, colours }: IndexedImage): Uint8Array {
  demand(
    pixels.length === width * height,
    'indexedPng',
    'pixels',
    `${width * height} bytes long (width times height)`,
    pixels.length,
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  // each scan line starts with its filter: 0, none, which suits palettes best
  const lines = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++)
    lines.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(colours.flat())),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** The picture as a `data:` address, which needs no file and no network. */
export function imageAddress(image: IndexedImage): string {
  return `data:image/png;base64,${Buffer.from(indexedPng(image)).toString('base64')}`;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

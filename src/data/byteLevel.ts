/**
 * The two conventions of GPT-2's byte-level BPE (Radford et al. 2019) that every `tokenizer.json` of type ByteLevel
 * shares: how text is cut into pieces before any merge, and which printable character stands for each byte.
 */

// a contraction, or letters, digits or other signs with at most one space before them, or white space; a run of
// white space leaves its last character to the word that follows
const piecePattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The pieces of a text in order; together they are the text. No merge ever crosses the border of a piece. */
export function* pieces(text: string): Generator<string> {
  for (const match of text.matchAll(piecePattern)) yield match[0];
}

/** For each byte the character that stands for it: itself where it is printable, else 256, 257 … in turn. */
export const byteSymbols: readonly string[] = symbolsOfBytes();

function symbolsOfBytes(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

const bytesOfSymbols = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]));

/** The 256 symbols in the order of their code points: the first 256 ids of a vocabulary trained here. */
export const alphabet: readonly string[] = [...byteSymbols].sort();

/** The bytes a token stands for, or nothing when a character of it stands for no byte. */
export function tokenBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = bytesOfSymbols.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

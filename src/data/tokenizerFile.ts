import { readFileSync, statSync } from 'node:fs';
import { sync as writeFileAtomicSync } from 'write-file-atomic';
import { FileError } from '../core/errors';
import { bpeFromJson } from './bpeJson';
import { bpeTokenizer } from './bpeTokenizer';
import { byteTokenizer, characterTokenizerOf, type Tokenizer } from './tokenizer';

/** The largest tokenizer file read; real ones have at most about 20 MB. */
const largestFile = 64 * 2 ** 20;

/**
 * Writes a tokenizer to a file, all or nothing. A BPE tokenizer becomes a standard `tokenizer.json`.
 *
 * @throws FileError when the file cannot be written.
 * @example
 * saveTokenizer('tokenizer.json', await trainBpe(text, { vocabulary: 1024 }));
 */
export function saveTokenizer(path: string, tokenizer: Tokenizer): void {
  try {
    writeFileAtomicSync(path, `${JSON.stringify(tokenizer.toJSON(), null, 1)}\n`);
  } catch (error) {
    throw new FileError(`saveTokenizer: file '${path}' must be writable, got ${reason(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a tokenizer that {@link saveTokenizer} wrote, or a byte-level BPE `tokenizer.json` from elsewhere.
 *
 * @throws FileError when the file is missing, larger than 64 MiB, not JSON, or not a tokenizer.
 * @example
 * const tokens = loadTokenizer('tokenizer.json');
 */
export function loadTokenizer(path: string): Tokenizer {
  let json: unknown;
  try {
    const { size } = statSync(path);
    if (size > largestFile) throw new Error(`${size} bytes where at most ${largestFile} are read`);
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const expected = 'a readable JSON file';
    throw new FileError(`loadTokenizer: file '${path}' must be ${expected}, got ${reason(error)}`, {
      cause: error,
    });
  }
  return tokenizerFromJson(json);
}

/**
 * The tokenizer that `toJSON` described, or that a byte-level BPE `tokenizer.json` describes.
 *
 * @throws FileError naming the field that is missing, wrong or not supported.
 */
export function tokenizerFromJson(json: unknown): Tokenizer {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FileError(`tokenizerFromJson: argument 'json' must be an object`);
  const file = json as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(file, 'model')) return bpeTokenizer(bpeFromJson(file));
  const known = file['format'] === 'attention-lab/bytes' || file['format'] === 'attention-lab/characters';
  if (!known || file['version'] !== 1)
    throw new FileError(
      `tokenizerFromJson: field 'format' must be 'attention-lab/bytes' or 'attention-lab/characters' of version 1, ` +
        `or the file a byte-level BPE tokenizer.json`,
    );
  return file['format'] === 'attention-lab/bytes' ? byteTokenizer() : charactersFromJson(file);
}

function charactersFromJson({ symbols, unknown }: Readonly<Record<string, unknown>>): Tokenizer {
  const isSymbol = (value: unknown): value is string =>
    typeof value === 'string' && value.length <= 2 && [...value].length === 1;
  if (!Array.isArray(symbols) || symbols.length === 0 || !symbols.every(isSymbol))
    throw new FileError(`tokenizerFromJson: field 'symbols' must be a list of single characters`);
  if (new Set(symbols).size !== symbols.length)
    throw new FileError(`tokenizerFromJson: field 'symbols' must hold each character once`);
  if (unknown === undefined) return characterTokenizerOf(symbols, {});
  if (!isSymbol(unknown) || !symbols.includes(unknown))
    throw new FileError(`tokenizerFromJson: field 'unknown' must be one of the symbols`);
  return characterTokenizerOf(symbols, { unknown });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

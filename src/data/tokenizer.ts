import { ConfigError, expect, show } from '../core/errors';

/** Text to token ids and back. */
export interface Tokenizer {
  readonly name: string;
  /** How many ids there are: 0 … vocabulary - 1. */
  readonly vocabulary: number;
  encode(text: string): Int32Array;
  /** Throws `ConfigError` for an id outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
  /** Plain JSON from which `tokenizerFromJson` makes the same tokenizer. */
  toJSON(): unknown;
}

/**
 * One token per UTF-8 byte: 256 ids, every text can be written, nothing to learn. A lone half of a surrogate pair has no
 * UTF-8 form and is encoded as U+FFFD; ids that are not UTF-8 together decode to U+FFFD.
 *
 * @example
 * byteTokenizer().encode('né'); // [110, 195, 169]
 */
export function byteTokenizer(): Tokenizer {
  return Object.freeze<Tokenizer>({
    name: 'bytes',
    vocabulary: 256,
    encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
    decode(ids) {
      const bytes = new Uint8Array(ids.length);
      for (let i = 0; i < ids.length; i++) bytes[i] = checkedId(ids[i], 256, 'byteTokenizer');
      return decodeUtf8(bytes);
    },
    toJSON: () => ({ format: 'attention-lab/bytes', version: 1 }),
  });
}

/** What a character tokenizer may be told. */
export interface CharacterOptions {
  /** One character to stand for every character outside the vocabulary. Without it such a character is an error. */
  readonly unknown?: string;
}

/**
 * One token per character (Unicode code point): the vocabulary is every character of `text`, sorted by code point.
 *
 * @throws ConfigError when `text` is empty, when `unknown` is not one character, and from `encode` when a character is
 * not in the vocabulary and no `unknown` was given.
 * @example
 * const tokens = characterTokenizer('hello');
 * tokens.vocabulary; // 4: e h l o
 * tokens.encode('hole'); // [1, 3, 2, 0]
 */
export function characterTokenizer(text: string, options: CharacterOptions = {}): Tokenizer {
  const { unknown } = options;
  const symbols = new Set(text);
  expect(symbols.size > 0, 'characterTokenizer', 'text', 'at least one character long', text);
  if (unknown !== undefined) {
    expect([...unknown].length === 1, 'characterTokenizer', 'unknown', 'one character', unknown);
    symbols.add(unknown);
  }
  const sorted = [...symbols].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
  return characterTokenizerOf(sorted, options);
}

/** @internal The character tokenizer with exactly these symbols, each one character, all different. */
export function characterTokenizerOf(symbols: readonly string[], { unknown }: CharacterOptions): Tokenizer {
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  const substitute = unknown === undefined ? undefined : ids.get(unknown);
  return Object.freeze<Tokenizer>({
    name: 'characters',
    vocabulary: symbols.length,
    encode(text) {
      const encoded = new Int32Array(text.length);
      let length = 0;
      for (const symbol of text) {
        const id = ids.get(symbol) ?? substitute;
        if (id === undefined)
          throw new ConfigError(
            `characterTokenizer: argument 'text' must hold only the ${symbols.length} characters of the vocabulary ` +
              `(or give the option 'unknown'), got ${show(symbol)} at ${length}`,
          );
        encoded[length++] = id;
      }
      return encoded.slice(0, length);
    },
    decode(encoded) {
      let text = '';
      for (let i = 0; i < encoded.length; i++)
        text += symbols[checkedId(encoded[i], symbols.length, 'characterTokenizer')];
      return text;
    },
    toJSON: () => ({
      format: 'attention-lab/characters',
      version: 1,
      symbols,
      ...(unknown === undefined ? {} : { unknown }),
    }),
  });
}

/** The id, if it is one of `vocabulary`. */
export function checkedId(id: number | undefined, vocabulary: number, where: string): number {
  if (id === undefined || !Number.isInteger(id) || id < 0 || id >= vocabulary)
    throw new ConfigError(
      `${where}: argument 'ids' must be integers from 0 to ${vocabulary - 1}, got ${show(id)}`,
    );
  return id;
}

/** UTF-8 to text: what is not UTF-8 becomes U+FFFD, a byte-order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

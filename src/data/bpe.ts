import { expectInteger } from '../core/errors';
import { alphabet, byteSymbols, pieces } from './byteLevel';
import { bpeTokenizer, type BpeTokenizer } from './bpeTokenizer';
import { pacer } from './pace';
import { PairQueue } from './pairQueue';

export type { BpeTokenizer } from './bpeTokenizer';

/** Where training stands: reported at each turn of the event loop (about 40 a second) and at the end. */
export interface BpeProgress {
  /** Tokens found so far, the 256 bytes among them. */
  readonly tokens: number;
  /** Tokens asked for. */
  readonly vocabulary: number;
}

/** What {@link trainBpe} may be told. */
export interface BpeOptions {
  /** How many tokens to end with, the 256 bytes among them. Fewer come out when no pair is left that occurs twice. */
  readonly vocabulary: number;
  readonly onProgress?: (progress: BpeProgress) => void;
  /** Stops the work: the promise rejects with `StoppedError`. */
  readonly signal?: AbortSignal;
}

/**
 * Learns a byte-level BPE vocabulary (Sennrich, Haddow and Birch 2016, https://arxiv.org/abs/1508.07909): again and
 * again the most frequent pair of neighbouring tokens becomes one token. The text is cut into pieces as in GPT-2 first,
 * and no pair reaches over a border.
 *
 * Deterministic: of equally frequent pairs the one with the smaller left id is merged, then the one with the smaller
 * right id (ids: the bytes in the order of {@link alphabet}, then products by age). These are the merges that the
 * trainer of the Hugging Face tokenizers library finds with `min_frequency` 2.
 *
 * Pair counts are kept up to date instead of being counted again: a merge touches only the words it occurs in.
 *
 * @throws ConfigError when `vocabulary` is below 256; StoppedError when stopped.
 * @example
 * const tokens = await trainBpe(loadCorpus('moby-dick').text, { vocabulary: 2048 });
 * tokens.encode('Call me Ishmael.');
 */
export async function trainBpe(text: string, options: BpeOptions): Promise<BpeTokenizer> {
  const { vocabulary, onProgress, signal } = options;
  expectInteger(vocabulary, 'trainBpe', 'vocabulary', alphabet.length);
  const pace = pacer('trainBpe', signal);
  const tokens = [...alphabet];
  const merges: [number, number][] = [];
  const words = await countWords(text, pace);
  const pairs = new PairCounts(words, vocabulary);

  while (tokens.length < vocabulary) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const [left, right] = pairs.halves(pair);
    // always a new token: once a pair is merged, its text between two token borders is that one token everywhere
    const product = tokens.push((tokens[left] as string) + (tokens[right] as string)) - 1;
    merges.push([left, right]);
    pairs.merge(pair, product);
    if (await pace()) onProgress?.({ tokens: tokens.length, vocabulary });
  }
  onProgress?.({ tokens: tokens.length, vocabulary });
  return bpeTokenizer({ tokens, merges });
}

/** A different piece of the text, as token ids, and how often it occurs. */
interface Word {
  symbols: number[];
  readonly count: number;
}

async function countWords(text: string, pace: () => Promise<boolean> | boolean): Promise<Word[]> {
  const counts = new Map<string, number>();
  let seen = 0;
  for (const piece of pieces(text)) {
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
    if (++seen % 4096 === 0) await pace();
  }
  await pace();
  const utf8 = new TextEncoder();
  const idsOfBytes = byteSymbols.map((symbol) => alphabet.indexOf(symbol));
  const symbolOf = (byte: number): number => idsOfBytes[byte] as number;
  return [...counts].map(([piece, count]) => ({ symbols: Array.from(utf8.encode(piece), symbolOf), count }));
}

/** How often each pair of neighbours occurs, and in which words. A pair is one number: left * base + right. */
class PairCounts {
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<Word>>();
  // counts go in negated, so that the most frequent leaves first; an entry may be out of date, see mostFrequent
  private readonly queue = new PairQueue();

  constructor(
    words: readonly Word[],
    private readonly base: number,
  ) {
    for (const word of words) this.add(word, 1);
    for (const [pair, count] of this.counts) this.queue.push(-count, pair);
  }

  halves(pair: number): [left: number, right: number] {
    return [Math.floor(pair / this.base), pair % this.base];
  }

  /** The most frequent pair; nothing when none is left that occurs twice. */
  mostFrequent(): number | undefined {
    for (let entry = this.queue.pop(); entry; entry = this.queue.pop()) {
      const [negated, pair] = entry;
      const count = this.counts.get(pair) ?? 0;
      if (count < 2) continue;
      if (count === -negated) return pair;
      // growth is pushed at once, so an outdated entry stands too high and goes back to its place
      if (count < -negated) this.queue.push(-count, pair);
    }
    return undefined;
  }

  /** Replaces the pair by `product` in every word, from left to right. */
  merge(pair: number, product: number): void {
    const [left, right] = this.halves(pair);
    const grown = new Set<number>();
    for (const word of this.places.get(pair) ?? []) {
      const symbols = mergePair(word.symbols, left, right, product);
      if (symbols.length === word.symbols.length) continue; // the word has lost this pair since
      this.add(word, -1);
      word.symbols = symbols;
      for (const neighbours of this.add(word, 1)) {
        const [a, b] = this.halves(neighbours);
        if (a === product || b === product) grown.add(neighbours);
      }
    }
    this.places.delete(pair);
    for (const neighbours of grown) this.queue.push(-(this.counts.get(neighbours) as number), neighbours);
  }

  /** Counts a word's pairs in (+1) or out (-1) and gives them. */
  private add(word: Word, sign: 1 | -1): number[] {
    const { symbols, count } = word;
    const pairs: number[] = [];
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = (symbols[i] as number) * this.base + (symbols[i + 1] as number);
      pairs.push(pair);
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + sign * count);
      if (sign < 0) continue;
      const places = this.places.get(pair);
      if (places) places.add(word);
      else this.places.set(pair, new Set([word]));
    }
    return pairs;
  }
}

function mergePair(symbols: readonly number[], left: number, right: number, product: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const hit = symbols[i] === left && symbols[i + 1] === right;
    result.push(hit ? product : (symbols[i] as number));
    if (hit) i++;
  }
  return result;
}

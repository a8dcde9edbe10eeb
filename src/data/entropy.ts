import { expect, expectInteger } from '../core/errors';
import { splitHeldOut } from './batches';

/**
 * Nats per token as bits per byte of text: divided by ln 2 and by the bytes a token stands for.
 *
 * @example
 * bitsPerByte(Math.log(256), 1); // 8
 */
export function bitsPerByte(nats: number, bytesPerToken: number): number {
  return nats / (Math.LN2 * bytesPerToken);
}

/** The reverse of {@link bitsPerByte}. */
export function natsPerToken(bits: number, bytesPerToken: number): number {
  return bits * Math.LN2 * bytesPerToken;
}

/** How often each id occurs: `[vocabulary]`. */
function countIds(ids: Int32Array, vocabulary: number, where: string): Float64Array {
  expectInteger(vocabulary, where, 'vocabulary');
  expect(ids.length > 0, where, 'ids', 'at least one token', 'none');
  const counts = new Float64Array(vocabulary);
  for (const id of ids) {
    if (!(id >= 0 && id < vocabulary)) expect(false, where, 'ids', `from 0 to ${vocabulary - 1}`, id);
    counts[id] = (counts[id] as number) + 1;
  }
  return counts;
}

/**
 * The entropy of the token frequencies of a text, -Σ p ln p, in nats: what a model pays that knows how often each token
 * occurs and nothing else.
 *
 * @throws ConfigError for an empty array or an id outside the vocabulary.
 * @example
 * unigramEntropy(Int32Array.of(0, 1, 0, 1), 2); // ln 2
 */
export function unigramEntropy(ids: Int32Array, vocabulary: number): number {
  const counts = countIds(ids, vocabulary, 'unigramEntropy');
  return counts.reduce((sum, n) => (n > 0 ? sum - (n / ids.length) * Math.log(n / ids.length) : sum), 0);
}

/** Token probabilities from counts, each count raised by one (Laplace), so that no token is impossible. */
function smoothedUnigram(train: Int32Array, vocabulary: number, where: string): Float64Array {
  return countIds(train, vocabulary, where).map((n) => (n + 1) / (train.length + vocabulary));
}

/**
 * What the token frequencies of `train` cost on `heldOut`, in nats per token. Smoothing: one is added to every count.
 *
 * @throws ConfigError for an empty array or an id outside the vocabulary.
 */
export function unigramCrossEntropy(train: Int32Array, heldOut: Int32Array, vocabulary: number): number {
  const probability = smoothedUnigram(train, vocabulary, 'unigramCrossEntropy');
  const counts = countIds(heldOut, vocabulary, 'unigramCrossEntropy');
  return (
    counts.reduce((sum, n, id) => (n > 0 ? sum - n * Math.log(probability[id] as number) : sum), 0) /
    heldOut.length
  );
}

/**
 * What the pair frequencies of `train` cost on `heldOut`, in nats per token, for every token but the first: how well one
 * can do by looking at the last token only. A model has begun to use more than that when it is below.
 *
 * Smoothing (Witten and Bell 1991): p(b | a) = (n(a, b) + k(a) p(b)) / (n(a) + k(a)), where k(a) is how many different
 * tokens follow a, and p(b) is the smoothed unigram.
 *
 * @throws ConfigError for arrays shorter than two tokens or an id outside the vocabulary.
 */
export function bigramCrossEntropy(train: Int32Array, heldOut: Int32Array, vocabulary: number): number {
  const where = 'bigramCrossEntropy';
  expect(train.length > 1 && heldOut.length > 1, where, 'ids', 'at least two tokens on either side', 'fewer');
  const unigram = smoothedUnigram(train, vocabulary, where);
  countIds(heldOut, vocabulary, where); // refuses strange ids
  const pairs = new Map<number, number>();
  const seen = new Float64Array(vocabulary);
  const successors = new Float64Array(vocabulary);
  for (let i = 1; i < train.length; i++) {
    const last = train[i - 1] as number;
    const pair = last * vocabulary + (train[i] as number);
    const count = pairs.get(pair) ?? 0;
    pairs.set(pair, count + 1);
    seen[last] = (seen[last] as number) + 1;
    if (count === 0) successors[last] = (successors[last] as number) + 1;
  }
  let nats = 0;
  for (let i = 1; i < heldOut.length; i++) {
    const [last, token] = [heldOut[i - 1] as number, heldOut[i] as number];
    const [n, k, p] = [seen[last] as number, successors[last] as number, unigram[token] as number];
    nats -= Math.log(n === 0 ? p : ((pairs.get(last * vocabulary + token) ?? 0) + k * p) / (n + k));
  }
  return nats / (heldOut.length - 1);
}

/** One line to draw into a loss chart. */
export interface Yardstick {
  readonly name: 'uniform' | 'unigram' | 'bigram';
  /** Nats per held-out token. */
  readonly nats: number;
  readonly bitsPerByte: number;
}

/**
 * What three models that need no training cost on the held-out part that `textBatches` with the same `holdOut` or `cut` keeps
 * away: all tokens alike, token frequencies, pair frequencies.
 *
 * @throws ConfigError as {@link bigramCrossEntropy}, or when `holdOut` is not between 0 and 1.
 * @example
 * yardsticks(byteTokenizer().encode(text), { vocabulary: 256, bytesPerToken: 1 });
 */
export function yardsticks(
  ids: Int32Array,
  options: {
    readonly vocabulary: number;
    readonly bytesPerToken: number;
    readonly holdOut?: number;
    readonly cut?: number;
  },
): readonly Yardstick[] {
  const { vocabulary, bytesPerToken, holdOut = 0.1 } = options;
  const { train, heldOut } = splitHeldOut(ids, holdOut, options.cut);
  const line = (name: Yardstick['name'], nats: number): Yardstick =>
    Object.freeze({ name, nats, bitsPerByte: bitsPerByte(nats, bytesPerToken) });
  return [
    line('uniform', Math.log(vocabulary)),
    line('unigram', unigramCrossEntropy(train, heldOut, vocabulary)),
    line('bigram', bigramCrossEntropy(train, heldOut, vocabulary)),
  ];
}

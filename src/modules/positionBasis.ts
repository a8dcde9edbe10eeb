import { expect, expectInteger } from '../core/errors';
import type { Seed } from '../core/random';
import { Random, splitSeed } from '../core/random';

/**
 * One head of ELiTA's learned position basis: two sums of sines that share their amplitudes.
 *
 * Ours -> the author's letters: columnFrequency a1, columnPhase b1, rowFrequency a2, rowPhase b2, amplitude c.
 */
export interface SineHead {
  readonly columnFrequency: readonly number[];
  readonly columnPhase: readonly number[];
  readonly rowFrequency: readonly number[];
  readonly rowPhase: readonly number[];
  readonly amplitude: readonly number[];
}

/**
 * ELiTA's position basis for every head, as plain numbers: to evaluate, plot, save and compare.
 *
 * Token i of a text stands at n_i = i · span / (horizon - 1), so positions are *fractions of a known length*. Past
 * the horizon the same sines go on (n > span): nothing fails, but no training ever visited those positions.
 */
export interface SineBasis {
  /** The length N that positions are fractions of. */
  readonly horizon: number;
  /** The position of token N - 1: the author's t. */
  readonly span: number;
  readonly heads: readonly SineHead[];
}

/** What {@link sineBasis} needs to know. */
export interface SineBasisOptions {
  readonly heads: number;
  /** How many sines each head sums: the author's p. */
  readonly positionWidth: number;
  readonly horizon: number;
  /** Default 1. */
  readonly span?: number;
  readonly seed: Seed;
}

/** The five lists of a head, in the order in which they are written and drawn. */
export const sineParts = [
  'columnFrequency',
  'columnPhase',
  'rowFrequency',
  'rowPhase',
  'amplitude',
] as const satisfies readonly (keyof SineHead)[];

/**
 * A fresh basis with the published initialisation: every number from U(-0.05, 0.05).
 *
 * With frequencies that small each sine is nearly straight over the whole text: the basis starts as a ramp, and
 * {@link compareWithFourier} shows that it stays one. Source: A. C. O. Sharma, ELiTA, 2023,
 * https://github.com/acosharma/elita-transformer. Throws `ConfigError` on sizes that are no positive integers.
 *
 * @example
 * const basis = sineBasis({ heads: 4, positionWidth: 16, horizon: 256, seed: 1 });
 * const { column } = evaluateBasis(basis, 256); // column[0] is P1 of head 0, 256 numbers
 */
export function sineBasis(options: SineBasisOptions): SineBasis {
  const { heads, positionWidth, horizon, span = 1, seed } = options;
  expectInteger(heads, 'sineBasis', 'heads');
  expectInteger(positionWidth, 'sineBasis', 'positionWidth');
  checkHorizon('sineBasis', horizon, span);
  const draw = (name: string): number[] => {
    const random = new Random(splitSeed(seed, name));
    return Array.from({ length: positionWidth }, () => -0.05 + 0.1 * random.uniform());
  };
  const head = (index: number): SineHead => ({
    columnFrequency: draw(`${index} columnFrequency`),
    columnPhase: draw(`${index} columnPhase`),
    rowFrequency: draw(`${index} rowFrequency`),
    rowPhase: draw(`${index} rowPhase`),
    amplitude: draw(`${index} amplitude`),
  });
  return { horizon, span, heads: Array.from({ length: heads }, (_, index) => head(index)) };
}

/** Throws `ConfigError` unless `horizon` is a positive integer and `span` a positive number. */
export function checkHorizon(where: string, horizon: number, span: number): void {
  expectInteger(horizon, where, 'horizon');
  expect(Number.isFinite(span) && span > 0, where, 'span', 'a positive number', span);
}

/**
 * The positions n of `time` tokens from token `offset` on: i · span / (horizon - 1).
 *
 * A horizon of one token has the single position 0, as an inclusive range from 0 to `span` with one point has.
 */
export function positionsOf(
  { horizon, span }: { readonly horizon: number; readonly span: number },
  time: number,
  offset = 0,
): number[] {
  const step = horizon > 1 ? span / (horizon - 1) : 0;
  return Array.from({ length: time }, (_, i) => (offset + i) * step);
}

/** P1 and P2 of every head: `column[h][i]` and `row[h][i]`, float64. */
export interface BasisValues {
  readonly column: readonly Float64Array[];
  readonly row: readonly Float64Array[];
}

/**
 * Evaluates the basis: P1_i = Σ_m c_m sin(a1_m n_i + b1_m) and P2_i likewise with a2, b2 and the *same* c.
 *
 * `at` is a number of tokens or a list of positions n. Float64. O(H · P · T).
 *
 * @example
 * const { column, row } = evaluateBasis(basis, [0, 0.25, 0.5, 0.75, 1]);
 */
export function evaluateBasis(basis: SineBasis, at: number | readonly number[]): BasisValues {
  const positions = typeof at === 'number' ? positionsOf(basis, at) : at;
  const sum = (frequency: readonly number[], phase: readonly number[], amplitude: readonly number[]) =>
    Float64Array.from(positions, (n) =>
      amplitude.reduce(
        (total, c, m) => total + c * Math.sin((frequency[m] as number) * n + (phase[m] as number)),
        0,
      ),
    );
  return {
    column: basis.heads.map((head) => sum(head.columnFrequency, head.columnPhase, head.amplitude)),
    row: basis.heads.map((head) => sum(head.rowFrequency, head.rowPhase, head.amplitude)),
  };
}

/** One T×T map per head: `map[h][i][j]`, row i (query) by column j (key). */
export type HeadMaps = readonly (readonly Float64Array[])[];

/**
 * The picture of the published figure: logits P(i, j) = P1_j + P2_i, `[H][T][T]`, unmasked. O(H · T²).
 *
 * A sum of a row part and a column part, so it cannot be an arbitrary function of the pair; see
 * {@link positionWeights} for what a softmax leaves of it.
 */
export function pairLogits(basis: SineBasis, at: number | readonly number[]): HeadMaps {
  const { column, row } = evaluateBasis(basis, at);
  return column.map((p1, h) => Array.from(row[h] as Float64Array, (p2) => p1.map((value) => value + p2)));
}

/**
 * The weights that the positions alone give (all token logits 0): row i is a softmax over columns j <= i.
 *
 * 'prefix' leaves out the extra diagonal entry: then P2 cancels from every row, and the map depends on P1 only.
 * 'extraEntry' adds ELiTA's second entry for j = i with logit 0: now P2 matters, but only for how the row divides
 * its weight between token i and the prefix. Rows sum to 1; above the diagonal is exactly 0. O(H · T²).
 */
export function positionWeights(
  basis: SineBasis,
  at: number | readonly number[],
  diagonal: 'prefix' | 'extraEntry' = 'prefix',
): HeadMaps {
  return pairLogits(basis, at).map((logits) =>
    logits.map((entries, i) => {
      const seen = entries.subarray(0, i + 1);
      const extra = diagonal === 'extraEntry' ? 0 : -Infinity;
      const top = Math.max(extra, ...seen);
      const weights = new Float64Array(entries.length);
      seen.forEach((logit, j) => (weights[j] = Math.exp(logit - top)));
      weights[i] = (weights[i] as number) + Math.exp(extra - top);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => weight / total);
    }),
  );
}

/** Step of the difference quotient: rounding noise (below) and the h^4 error of the stencil are about equal here. */
const h = 1e-2;

/** The slope at 0 of a function of one number, by the five-point stencil: exact up to h^4 for a smooth function. */
export function fivePointSlope(at: (step: number) => number): number {
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/**
 * What float32 alone may add to {@link fivePointSlope} of a sum of `terms`.
 *
 * Each term ends a chain of some sixteen roundings, which as a random walk leave 4 times 2^-24 of its size; the terms
 * round independently, so their sum is off by that share of their Euclidean length. Four such sums with the factors 8,
 * 8, 1, 1 over 12 h make sqrt(130) / (12 h), about 95, times as much. For outputs near 1 that is 2e-4.
 */
export function roundingNoise(terms: ArrayLike<number>): number {
  let square = 0;
  for (let i = 0; i < terms.length; i++) square += (terms[i] as number) ** 2;
  return ((4 * Math.sqrt(130)) / (12 * h)) * 2 ** -24 * Math.sqrt(square);
}

/** A difference quotient and the noise in it. */
export interface Quotient {
  readonly value: number;
  readonly noise: number;
}

/**
 * How far `slope` is from a difference quotient, relative to the quotient, in units of `tolerance`: right if below 1.
 * A quotient so small that noise is more than `tolerance` of it is measured by the noise instead.
 */
export function slopeError(slope: number, { value, noise }: Quotient, tolerance: number): number {
  return Math.abs(slope - value) / Math.max(tolerance * Math.abs(value), noise);
}

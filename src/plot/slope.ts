import { demand } from './figure';

/** A measurement at one sequence length T. */
export interface ScalingPoint {
  readonly length: number;
  /** The middle of the repeats. */
  readonly value: number;
  /** Smallest and largest of the repeats. */
  readonly low?: number;
  readonly high?: number;
}

/** A straight line through the logarithms: value = exp(intercept) * length ^ slope. */
export interface SlopeFit {
  readonly slope: number;
  /** Standard error of the slope; NaN with two points, where it cannot be told. */
  readonly error: number;
  readonly intercept: number;
  readonly points: number;
}

/**
 * The exponent with which values grow with length: least squares through (ln length, ln value), with the usual
 * standard error sqrt(SSR / (n - 2) / Sxx). 1 means linear growth, 2 quadratic.
 *
 * Throws `FigureError` with fewer than two different lengths or numbers that are not positive.
 *
 * @example
 * fitSlope([1, 2, 4, 8], [3, 6, 12, 24]).slope; // 1
 */
export function fitSlope(lengths: ArrayLike<number>, values: ArrayLike<number>): SlopeFit {
  const where = 'fitSlope';
  const n = lengths.length;
  demand(values.length === n, where, 'values', `as many numbers as lengths (${n})`, values.length);
  const log = (argument: string, numbers: ArrayLike<number>) =>
    Array.from(numbers, (number) => {
      demand(number > 0 && number < Infinity, where, argument, 'positive numbers', number);
      return Math.log(number);
    });
  const x = log('lengths', lengths);
  const y = log('values', values);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
  demand(sxx > 0, where, 'lengths', 'at least two different lengths', Array.from(lengths));
  const slope = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] as number) - my), 0) / sxx;
  const intercept = my - slope * mx;
  const ssr = x.reduce((sum, xi, i) => sum + ((y[i] as number) - intercept - slope * xi) ** 2, 0);
  return { slope, error: n > 2 ? Math.sqrt(ssr / (n - 2) / sxx) : NaN, intercept, points: n };
}

/**
 * The point that stands for repeated measurements: their median with the smallest and the largest.
 * Throws `FigureError` without measurements.
 *
 * @example
 * scalingPoint(512, [3.1, 2.9, 3.0]); // { length: 512, value: 3.0, low: 2.9, high: 3.1 }
 */
export function scalingPoint(length: number, repeats: ArrayLike<number>): Required<ScalingPoint> {
  demand(repeats.length > 0, 'scalingPoint', 'repeats', 'at least one number', repeats.length);
  const sorted = Array.from(repeats).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const value = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
  return { length, value, low: sorted[0] as number, high: sorted[sorted.length - 1] as number };
}

import { expectInteger } from '../core/errors';
import type { SineBasis } from './positionBasis';
import { evaluateBasis } from './positionBasis';

/** A fitted curve and how much of the values it explains. */
export interface Fit {
  /** The curve at the given points. */
  readonly fitted: readonly number[];
  /** Root of the mean squared residual. */
  readonly residual: number;
  /** 1 - (sum of squared residuals) / (sum of squares around the mean); 1 for constant values fitted exactly. */
  readonly explained: number;
}

/** mean + Σ_k cosine[k-1] cos(2πk i/T) + sine[k-1] sin(2πk i/T). */
export interface FourierFit extends Fit {
  readonly mean: number;
  readonly cosine: readonly number[];
  readonly sine: readonly number[];
}

/** intercept + slope · i/(T-1), i = 0 .. T-1. */
export interface RampFit extends Fit {
  readonly intercept: number;
  readonly slope: number;
}

/**
 * Least-squares fit of equally spaced values by a constant and the first `harmonics` harmonics of their length.
 *
 * On such a grid the harmonics are orthogonal, so the least-squares coefficients are plain inner products (no system
 * to solve). Needs 2 · harmonics + 1 <= values. Float64, O(T · harmonics). Throws `ConfigError` otherwise.
 *
 * @example
 * const { explained } = fitFourier(Array.from({ length: 64 }, (_, i) => i), 1); // a ramp: about 0.61
 */
export function fitFourier(values: ArrayLike<number>, harmonics: number): FourierFit {
  const series = Array.from(values);
  expectInteger(harmonics, 'fitFourier', 'harmonics', 0);
  expectInteger(series.length, 'fitFourier', 'values.length', 2 * harmonics + 1);
  const T = series.length;
  const inner = (wave: (angle: number) => number, k: number): number =>
    (2 / T) * series.reduce((sum, value, i) => sum + value * wave((2 * Math.PI * k * i) / T), 0);
  const orders = Array.from({ length: harmonics }, (_, k) => k + 1);
  const mean = average(series);
  const cosine = orders.map((k) => inner(Math.cos, k));
  const sine = orders.map((k) => inner(Math.sin, k));
  const fitted = series.map((_, i) =>
    orders.reduce((sum, k) => {
      const angle = (2 * Math.PI * k * i) / T;
      return sum + (cosine[k - 1] as number) * Math.cos(angle) + (sine[k - 1] as number) * Math.sin(angle);
    }, mean),
  );
  return { mean, cosine, sine, ...judge(series, fitted) };
}

/**
 * Least-squares fit of equally spaced values by a straight line. Two numbers, as a constant and half a harmonic.
 *
 * @example
 * const { slope, explained } = fitRamp([1, 3, 5]); // slope 4 over the whole length, explained 1
 */
export function fitRamp(values: ArrayLike<number>): RampFit {
  const series = Array.from(values);
  expectInteger(series.length, 'fitRamp', 'values.length', 2);
  const at = series.map((_, i) => i / (series.length - 1));
  const center = average(series);
  const spread = at.reduce((sum, x) => sum + (x - 0.5) ** 2, 0);
  const slope = at.reduce((sum, x, i) => sum + (x - 0.5) * ((series[i] as number) - center), 0) / spread;
  const intercept = center - slope / 2;
  return {
    intercept,
    slope,
    ...judge(
      series,
      at.map((x) => intercept + slope * x),
    ),
  };
}

/** How well a ramp and a Fourier series each explain one half of one head. */
export interface BasisComparison {
  readonly head: number;
  readonly half: 'column' | 'row';
  readonly ramp: RampFit;
  readonly fourier: FourierFit;
}

/**
 * Says whether a learned basis is a ramp or a Fourier basis: both fits for both halves of every head.
 *
 * @example
 * const untrained = sineBasis({ heads: 1, positionWidth: 8, horizon: 64, seed: 1 });
 * compareWithFourier(untrained, 64, 1)[0]?.ramp.explained; // > 0.999: two numbers say it all
 */
export function compareWithFourier(basis: SineBasis, time: number, harmonics: number): BasisComparison[] {
  const values = evaluateBasis(basis, time);
  return basis.heads.flatMap((_, head) =>
    (['column', 'row'] as const).map((half) => {
      const series = values[half][head] as Float64Array;
      return { head, half, ramp: fitRamp(series), fourier: fitFourier(series, harmonics) };
    }),
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function judge(values: readonly number[], fitted: readonly number[]): Fit {
  const squares = (around: (i: number) => number): number =>
    values.reduce((sum, value, i) => sum + (value - around(i)) ** 2, 0);
  const mean = average(values);
  const left = squares((i) => fitted[i] as number);
  const total = squares(() => mean);
  return { fitted, residual: Math.sqrt(left / values.length), explained: total > 0 ? 1 - left / total : 1 };
}

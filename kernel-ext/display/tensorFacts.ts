/** A TensorFlow.js tensor, known by its shape rather than by its class: notebooks may hold several copies of the library. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  readonly name?: string;
  dataSync(): ArrayLike<number> | ArrayLike<string>;
}

/** What is said of a tensor's numbers. NaN and infinities are counted and left out of the rest. */
export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly notFinite: number;
}

export function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, dtype, dataSync } = value as Partial<TensorLike>;
  return Array.isArray(shape) && typeof dtype === 'string' && typeof dataSync === 'function';
}

/** One pass over the values. */
export function statisticsOf(values: ArrayLike<number>): Statistics {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  return { min, max, mean: count > 0 ? sum / count : NaN, notFinite: values.length - count };
}

/** A number in a table: four significant digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : value.toPrecision(4);
}

import type { Inputs } from '../../../src/attention/variant';
import type { tf } from '../../../src/core/tf';
import type { AnyRow, Output, Table } from '../rows/row';

/** Mix inputs as float64 numbers that a reference can read and a finite difference can nudge. */
export type Numbers = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float64Array }>
>;

/** Reads inputs back as float64. */
export function numbers(inputs: Inputs): Numbers {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: Float64Array.from(tensor.dataSync()) },
    ]),
  );
}

function table(input: Numbers[string], b: number, h: number): Table {
  const { shape, data } = input;
  const columns = shape.length === 3 ? 1 : (shape.at(-1) ?? 1);
  const rows = shape.length >= 3 ? (shape[2] as number) : 1;
  // which slice of the data belongs to this batch item and head
  const index = shape.length >= 3 ? b * (shape[1] as number) + h : shape.length === 2 ? h : 0;
  const start = index * rows * columns;
  const read = (t: number, i = 0): number => {
    if (t < 0 || t >= rows || i < 0 || i >= columns) throw new RangeError(`reference reads (${t}, ${i})`);
    return data[start + t * columns + i] as number;
  };
  return Object.assign(read, { rows, columns });
}

function referenceOf(row: AnyRow, inputs: Numbers, b: number, h: number): Output {
  return row.reference(
    Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, table(input, b, h)])),
  );
}

/** The reference over every batch item and head: what `parallel` must return, flat `[B, H, T, V]`. */
export function referenceOutput(row: AnyRow, inputs: Numbers): Float64Array {
  const [B, H, T, V] = inputs['v']?.shape as [number, number, number, number];
  const result = new Float64Array(B * H * T * V);
  let at = 0;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const output = referenceOf(row, inputs, b, h);
      for (let t = 0; t < T; t++) for (let c = 0; c < V; c++) result[at++] = output(t, c);
    }
  return result;
}

/**
 * d/d input of sum(weights * reference), by central differences in float64, for every number of every input.
 *
 * Only the batch items and heads that a number belongs to are evaluated again.
 */
export function referenceGradient(
  row: AnyRow,
  inputs: Numbers,
  weights: Float64Array,
): Map<string, Float64Array> {
  const [B, H, T, V] = inputs['v']?.shape as [number, number, number, number];
  const partial = (b: number, h: number): number => {
    const output = referenceOf(row, inputs, b, h);
    let sum = 0;
    let at = (b * H + h) * T * V;
    for (let t = 0; t < T; t++) for (let c = 0; c < V; c++) sum += (weights[at++] as number) * output(t, c);
    return sum;
  };
  const step = 1e-5;
  const gradients = new Map<string, Float64Array>();
  for (const [name, { shape, data }] of Object.entries(inputs)) {
    const gradient = new Float64Array(data.length);
    const perHead = data.length / (shape.length >= 3 ? B * H : shape.length === 2 ? H : 1);
    for (let i = 0; i < data.length; i++) {
      const owner = Math.floor(i / perHead);
      const total = (): number => {
        if (shape.length >= 3) return partial(Math.floor(owner / H), owner % H);
        let sum = 0;
        for (let b = 0; b < B; b++)
          for (let h = 0; h < H; h++) if (shape.length < 2 || h === owner) sum += partial(b, h);
        return sum;
      };
      const kept = data[i] as number;
      data[i] = kept + step;
      const above = total();
      data[i] = kept - step;
      const below = total();
      data[i] = kept;
      gradient[i] = (above - below) / (2 * step);
    }
    gradients.set(name, gradient);
  }
  return gradients;
}

/**
 * The floor under the scale of a gradient that is exactly 0 because terms of size 1 and more cancel. Every term leaves
 * its rounding behind, 2^-24 of its size; the widest sum, over Based's 1 + f' + f'^2 = 273 features, may keep 1.6e-5 of it
 * and keeps 6e-6 in TensorFlow's order of adding. A tolerance of 1e-5 of this is below what rounding alone may do.
 */
export const cancelled = 1;

/**
 * Largest difference over the largest magnitude of `expected`, so that small numbers are held to as many digits as large
 * ones. Below `floor` the scale is `floor`: float32 has no digits to compare where everything is next to 0.
 * NaN if either holds one, which no tolerance accepts.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-2): number {
  if (actual.length !== expected.length)
    throw new RangeError(`lengths ${actual.length} and ${expected.length}`);
  let scale = floor;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (Number.isNaN(difference)) return NaN;
    worst = Math.max(worst, difference);
    scale = Math.max(scale, Math.abs(expected[i] as number));
  }
  return worst / scale;
}

/** Names of the inputs that can be differentiated; int32 inputs are settings. */
export function differentiable(inputs: Inputs): string[] {
  return Object.keys(inputs).filter((name) => (inputs[name] as tf.Tensor).dtype === 'float32');
}

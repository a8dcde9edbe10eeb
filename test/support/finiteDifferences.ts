import { expect } from 'chai';
import { Random } from '../../src/core/random';
import type { Seed } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { expectClose } from './compare';

/** A float64 array with a shape. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Named arrays, as an operation takes them. */
export type Arrays = Readonly<Record<string, Array64>>;
/** Named tensors, as an operation takes them. */
export type Tensors = Record<string, tf.Tensor>;

/** Random numbers that float32 holds exactly, so that the oracle sees what the operation sees. */
export function randomArray(shape: readonly number[], seed: Seed, scale = 1, shift = 0): Array64 {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, () => Math.fround(shift + scale * random.normal()));
  return { shape, values };
}

/** d loss / d x by central differences. In float64 a step of 1e-5 leaves errors near 1e-10. */
export function numericalGradient(
  loss: (x: Float64Array) => number,
  x: Float64Array,
  step = 1e-5,
): Float64Array {
  const moved = x.slice();
  return x.map((value, i) => {
    moved[i] = value + step;
    const above = loss(moved);
    moved[i] = value - step;
    const below = loss(moved);
    moved[i] = value;
    return (above - below) / (2 * step);
  });
}

/** An operation beside its definition as plain float64 loops. */
export interface OpCase {
  readonly what: string;
  readonly inputs: Arrays;
  /** The definition: every output, flat. */
  readonly oracle: (inputs: Record<string, Float64Array>) => Float64Array[];
  /** The operation in each of its forms, by name: every output. The differences are computed once for all. */
  readonly forms: Readonly<Record<string, (inputs: Tensors) => tf.Tensor[]>>;
  /** Relative to the largest number; float32 rounding of the sums involved. */
  readonly tolerance?: number;
  readonly gradientTolerance?: number;
}

function tensorOf({ shape, values }: Array64): tf.Tensor {
  return tf.tensor(Float32Array.from(values), [...shape], 'float32');
}

function checkForm(
  what: string,
  { inputs, tolerance = 3e-6, gradientTolerance = 1e-5 }: OpCase,
  form: (inputs: Tensors) => tf.Tensor[],
  expected: { outputs: Float64Array[]; weights: Array64[]; gradients: Float64Array[] },
): void {
  const before = tf.memory().numTensors;
  const names = Object.keys(inputs);
  const given = names.map((name) => tensorOf(inputs[name] ?? randomArray([0], 0)));
  const named = (tensors: tf.Tensor[]): Tensors =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i] ?? tf.scalar(0)]));

  const outputs = form(named(given));
  expect(tf.memory().numTensors - before - names.length, `${what}: tensors made`).to.equal(outputs.length);
  expect(outputs.length, `${what}: outputs`).to.equal(expected.outputs.length);
  outputs.forEach((out, i) => expectClose(out, expected.outputs[i] ?? [], tolerance, `${what}, output ${i}`));
  tf.dispose(outputs);

  const gradients = tf.tidy(() =>
    tf.grads((...tensors: tf.Tensor[]) =>
      form(named(tensors))
        .map((out, i) =>
          tf.sum(tf.mul(tf.reshape(out, [-1]), tensorOf(expected.weights[i] ?? randomArray([0], 0)))),
        )
        .reduce((a, b) => tf.add(a, b)),
    )(given),
  );
  names.forEach((name, i) => {
    expectClose(
      gradients[i] ?? [],
      expected.gradients[i] ?? [],
      gradientTolerance,
      `${what}, gradient of ${name}`,
    );
  });
  tf.dispose([...gradients, ...given]);
  expect(tf.memory().numTensors, `${what}: tensors left behind`).to.equal(before);
}

/**
 * For every form: checks outputs against the oracle, the gradient of every number of every input (through a random
 * weighting of all outputs) against central differences of the oracle, and that nothing leaks.
 */
export function checkOp(spec: OpCase): void {
  const { what, inputs, oracle } = spec;
  const names = Object.keys(inputs);
  const arrays = Object.fromEntries(names.map((name) => [name, inputs[name]?.values ?? new Float64Array()]));
  const outputs = oracle(arrays);
  const weights = outputs.map((out, i) => randomArray([out.length], 977 + i));
  const loss = (given: Record<string, Float64Array>) =>
    oracle(given).reduce(
      (sum, out, i) => sum + out.reduce((s, x, j) => s + x * (weights[i]?.values[j] ?? NaN), 0),
      0,
    );
  const gradients = names.map((name) =>
    numericalGradient((x) => loss({ ...arrays, [name]: x }), arrays[name] ?? new Float64Array()),
  );
  for (const [name, form] of Object.entries(spec.forms))
    checkForm(`${name} (${what})`, spec, form, { outputs, weights, gradients });
}

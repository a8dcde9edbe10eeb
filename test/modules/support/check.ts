import { expect } from 'chai';
import { randomNormal } from '../../../src/core/random';
import { tf } from '../../../src/core/tf';

/** A plain float64 function from all inputs (flat) to the output (flat). */
export type Reference = (...inputs: Float64Array[]) => ArrayLike<number>;

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).to.equal(expected.length);
  let error = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (Number.isNaN(difference)) return NaN;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i] as number));
  }
  return error / scale;
}

/**
 * Compares a tensor function with plain loops: its value, and its gradient for every input with central differences of the loops in
 * float64. Also checks that neither leaves tensors behind.
 */
export function expectSame(
  apply: (...inputs: tf.Tensor[]) => tf.Tensor,
  reference: Reference,
  inputs: readonly tf.Tensor[],
  tolerance = 1e-5,
): void {
  const before = tf.memory().numTensors;
  const data = inputs.map((input) => Float64Array.from(input.dataSync()));
  const output = apply(...inputs);
  expect(tf.memory().numTensors - before, 'tensors left by the call').to.equal(1);
  expect(worst(output.dataSync(), reference(...data)), 'value').to.be.below(tolerance);
  const weights = randomNormal(output.shape, 0, 1, 77);
  const w = weights.dataSync();
  const gradients = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(apply(...xs), weights)))([...inputs]);
  const total = (): number =>
    Array.from(reference(...data)).reduce((sum, value, i) => sum + value * (w[i] as number), 0);
  inputs.forEach((_, n) => {
    const values = data[n] as Float64Array;
    const expected = values.map((kept, i) => {
      values[i] = kept + 1e-5;
      const above = total();
      values[i] = kept - 1e-5;
      const below = total();
      values[i] = kept;
      return (above - below) / 2e-5;
    });
    expect(worst((gradients[n] as tf.Tensor).dataSync(), expected), `gradient of input ${n}`).to.be.below(
      tolerance,
    );
  });
  tf.dispose([output, weights, gradients]);
  expect(tf.memory().numTensors - before, 'tensors left by the gradient').to.equal(0);
}

/** erf by its power series: far more digits than float32 holds. */
export function erf(x: number): number {
  if (Math.abs(x) > 4.5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

import { expect } from 'chai';
import { tf } from '../../src/core/tf';
import { expectClose } from '../support/compare';
import { randomArray } from '../support/finiteDifferences';

/** Shows one fault: `check` throws where the fault is there. */
export interface RepairCase {
  readonly repair: string;
  readonly what: string;
  readonly check: () => void;
  /** Runs before the repairs are put in place; returns what takes it back. */
  readonly prepare?: () => () => void;
}

/** Normally distributed numbers. */
export function draw(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(Float32Array.from(randomArray(shape, seed).values), shape);
}

/**
 * Compares a gradient with central differences of the float32 forward pass. The functions here are linear, or linear in
 * each single number, between kinks: a large step is exact and keeps rounding small.
 */
export function checkGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, step = 0.25): void {
  tf.tidy(() => {
    const weights = draw(f(x).shape, 77);
    const loss = (y: tf.Tensor) => tf.sum(tf.mul(f(y), weights));
    const gradient = tf.grad(loss)(x);
    const values = x.dataSync();
    const numerical = Array.from(values, (_, i) => {
      const at = (moved: number) => {
        const copy = Float32Array.from(values);
        copy[i] = (copy[i] ?? 0) + moved;
        return tf.tidy(() => loss(tf.tensor(copy, x.shape)).dataSync()[0] ?? NaN);
      };
      return (at(step) - at(-step)) / (2 * step);
    });
    expect(gradient.shape, 'shape of the gradient').to.deep.equal(x.shape);
    expectClose(gradient, numerical, 1e-4, 'gradient');
  });
}

/** A case that runs in a tidy. */
export function one(repair: string, what: string, check: () => void): RepairCase {
  return { repair, what, check: () => tf.tidy(check) };
}

/** An int32 tensor. */
export const ids = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, 'int32');

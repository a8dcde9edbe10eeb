import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';

/** Random inputs, the same in every process. */
export function normal(shape: number[], seed: number, deviation = 1): tf.Tensor {
  return randomNormal(shape as [number], 0, deviation, seed);
}

/** Runs `work` in a tidy and reads one number of its first result, so that nothing is left undone. */
export function finish(work: () => tf.Tensor | tf.Tensor[]): void {
  tf.tidy(() => {
    const first = [work()].flat()[0] as tf.Tensor;
    tf.slice(tf.reshape(first, [-1]), [0], [1]).dataSync();
  });
}

/** Forward and backward: the gradients of the sum of `f` with respect to all inputs. */
export function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  return tf.grads((...all: tf.Tensor[]) => tf.sum(f(...all)))(inputs);
}

import { ConfigError, expect } from '../core/errors';
import { dims } from '../core/shape';
import type { BT } from '../core/tf';
import { tf } from '../core/tf';
import { IGNORED } from '../data/batches';

/** Where the counted targets lie in the flattened `[B * T, V]` logits. */
interface Chosen {
  /** Rows whose target counts. */
  readonly rows: Int32Array;
  /** `[n, 2]` pairs (row, target), for the scatter. */
  readonly pairs: Int32Array;
  /** row * V + target, for the gather. */
  readonly flat: Int32Array;
}

function choose(targets: ArrayLike<number>, vocabulary: number): Chosen {
  const rows: number[] = [];
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] as number;
    if (target === IGNORED) continue;
    if (!Number.isInteger(target) || target < 0 || target >= vocabulary) {
      throw new ConfigError(
        `crossEntropy: argument 'targets' must hold ${IGNORED} or ids below ${vocabulary}, got ${target} at row ${row}`,
      );
    }
    rows.push(row);
  }
  const pairs = new Int32Array(2 * rows.length);
  rows.forEach((row, i) => pairs.set([row, targets[row] as number], 2 * i));
  return {
    rows: Int32Array.from(rows),
    pairs,
    flat: Int32Array.from(rows, (row) => row * vocabulary + (targets[row] as number)),
  };
}

/** How many targets count. */
export function countTargets(targets: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] !== IGNORED) count++;
  return count;
}

/**
 * Sum over all counted targets of -log softmax(logits)[target], in nats.
 *
 * `logits` `[B, T, V]` float32, `targets` `[B, T]` int32 with -1 = ignored; a scalar. Finite for logits of any size that
 * float32 holds. Its gradient, softmax(logits) - onehot(targets) on counted rows and 0 elsewhere, is written out: it
 * makes no one-hot matrix. O(B T V) time, one `[B, T, V]` tensor kept for the gradient; no second-order gradient.
 * Throws `ShapeError`, or `ConfigError` for an id outside the vocabulary.
 *
 * @example
 * const nats = crossEntropySum(model.apply(inputs), targets);
 */
export function crossEntropySum(logits: tf.Tensor3D, targets: BT): tf.Scalar {
  const { B, T, V } = dims('crossEntropy', { logits: [logits, 'BTV'], targets: [targets, 'BT'] });
  const rows = B * T;
  const chosen = choose(targets.dataSync(), V);
  if (chosen.rows.length === 0) return tf.sum(tf.mul(logits, 0)).asScalar();

  const sum = tf.customGrad((x, save) => {
    const scores = tf.reshape(x as tf.Tensor, [rows, V]);
    const probabilities = tf.softmax(scores);
    // log-sum-exp = max - log(max probability): the largest probability is 1 / (sum of e^(score - max)), so this reuses
    // the softmax that the gradient needs and never takes the logarithm of a probability that vanished
    const mass = tf.sub(tf.max(scores, 1), tf.log(tf.max(probabilities, 1)));
    const taken = tf.gather(tf.reshape(scores, [rows * V]), chosen.flat);
    const value = tf.sum(tf.sub(tf.gather(mass, chosen.rows), taken));
    (save as (tensors: tf.Tensor[]) => void)([probabilities]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p] = saved as [tf.Tensor2D];
        const pairs = tf.tensor2d(chosen.pairs, [chosen.rows.length, 2], 'int32');
        const lowered = tf.sub(tf.gather(tf.reshape(p, [rows * V]), chosen.flat), 1);
        const counted = new Float32Array(rows);
        for (const row of chosen.rows) counted[row] = 1;
        const weight = tf.mul(tf.tensor2d(counted, [rows, 1]), dy);
        return tf.reshape(tf.mul(tf.tensorScatterUpdate(p, pairs, lowered), weight), [B, T, V]);
      },
    };
  });
  return tf.tidy(() => sum(logits).asScalar());
}

/**
 * Mean over the counted targets of -log softmax(logits)[target], in nats. Ignored targets are in neither sum nor count.
 *
 * `logits` `[B, T, V]` float32, `targets` `[B, T]` int32 with -1 = ignored; a scalar. See {@link crossEntropySum}.
 * Throws `ConfigError` if every target is ignored.
 *
 * @example
 * const loss = crossEntropy(model.apply(inputs), targets);
 */
export function crossEntropy(logits: tf.Tensor3D, targets: BT): tf.Scalar {
  const count = countTargets(targets.dataSync());
  expect(count > 0, 'crossEntropy', 'targets', 'at least one id that is not -1', `${targets.size} times -1`);
  return tf.tidy(() => tf.div(crossEntropySum(logits, targets), count).asScalar());
}

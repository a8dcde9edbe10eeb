import { tf } from '../core/tf';
import { axisOf, floats, tokens } from './check';
import { prefixMass } from './softmaxScan';

/** Which way a cumulative sum runs and whether it counts its own element. */
export interface CumsumOptions {
  /** Leave each element's own value out of its sum. */
  readonly exclusive?: boolean;
  /** Sum from the end. */
  readonly reverse?: boolean;
}

/**
 * Cumulative sum along one axis, same shape as `x`.
 *
 * The gradient is a cumulative sum the other way round. Stock TensorFlow.js transposes it on every axis but the
 * last and is silently wrong where the transposed shape fits.
 *
 * @param x float32, any rank >= 1.
 * @throws ShapeError when `x` has no such axis or is not float32.
 * @example
 * cumsum(tf.tensor([1, 2, 3]), 0).arraySync(); // [1, 3, 6]
 */
export function cumsum<R extends tf.Rank>(
  x: tf.Tensor<R>,
  axis: number,
  options: CumsumOptions = {},
): tf.Tensor<R> {
  const along = axisOf('cumsum', x, axis);
  floats('cumsum', { x });
  const { exclusive = false, reverse = false } = options;
  const taped = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc) => ({
    value: tf.cumsum(input as tf.Tensor, along, exclusive, reverse),
    gradFunc: (dy: tf.Tensor) => cumsum(dy, along, { exclusive, reverse: !reverse }),
  }));
  return taped(x) as tf.Tensor<R>;
}

/**
 * Running log-sum-exp along one axis: `y_t = log(sum_{s <= t} exp(x_s))`, same shape as `x`.
 *
 * Stable: finite and exact to rounding for logits up to +-1e4 and beyond, in any order.
 *
 * @param x float32, finite, any rank >= 1.
 * @throws ShapeError when `x` has no such axis, no element along it, or is not float32.
 * @example
 * cumLogSumExp(tf.tensor([0, 0, 0]), 0).arraySync(); // [0, log 2, log 3]
 */
export function cumLogSumExp<R extends tf.Rank>(x: tf.Tensor<R>, axis: number): tf.Tensor<R> {
  const along = axisOf('cumLogSumExp', x, axis);
  floats('cumLogSumExp', { x });
  const time = x.shape[along] ?? 0;
  tokens('cumLogSumExp', time);
  return tf.tidy(() => {
    const order = x.shape.map((_, i) => i).filter((i) => i !== along);
    order.push(along);
    const last = tf.transpose(x, order);
    const rows = tf.reshape<tf.Rank.R3>(last, [1, x.size / time, time]);
    const mass = tf.reshape<R>(prefixMass(rows), last.shape);
    return tf.transpose(
      mass,
      order.map((_, i) => order.indexOf(i)),
    );
  });
}

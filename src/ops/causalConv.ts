import { dims } from '../core/shape';
import { tf } from '../core/tf';
import type { BHTV, BTD, Matrix, Vector } from '../core/tf';
import { hasKernel, runKernel } from '../kernels/registry';
import { floats, tokens } from './check';

/**
 * One filter per head, as a banded matrix product over blocks of tokens: TensorFlow.js operations only, any backend.
 * O(T C V) time with blocks of C >= taps tokens.
 */
export function causalConvBlockwise(x: BHTV, kernel: Matrix): BHTV {
  const { B, H, T, V, K } = check(x, kernel);
  return tf.tidy(() => {
    // a block must be as long as the look-back, so that one earlier block holds all of it
    const C = Math.max(K - 1, Math.min(T, 32), 1);
    const N = Math.ceil(T / C);
    const window = C + K - 1;
    const padded = tf.pad(tf.reshape<tf.Rank.R3>(x, [B * H, T, V]), [
      [0, 0],
      [C, N * C - T],
      [0, 0],
    ]);
    const blocks = tf.reshape<tf.Rank.R4>(padded, [B * H, N + 1, C, V]);
    const own = tf.slice(blocks, [0, 1, 0, 0], [B * H, N, C, V]);
    const seen =
      K === 1 ? own : tf.concat([tf.slice(blocks, [0, 0, C - K + 1, 0], [B * H, N, K - 1, V]), own], 2);
    // repeating a row of window + 1 numbers and reading it with a stride of window shifts it by one per row: a band
    const repeated = tf.tile(
      tf.pad(kernel, [
        [0, 0],
        [0, C],
      ]),
      [1, C],
    );
    const band = tf.reshape(tf.slice(repeated, [0, 0], [H, C * window]), [1, H, 1, C, window]);
    const y = tf.matMul(band, tf.reshape(seen, [B, H, N, window, V]));
    const kept = tf.slice(tf.reshape<tf.Rank.R3>(y, [B * H, N * C, V]), [0, 0, 0], [B * H, T, V]);
    return tf.reshape<tf.Rank.R4>(kept, [B, H, T, V]);
  });
}

function check(x: BHTV, kernel: Matrix) {
  floats('causalConv', { x, kernel });
  const sizes = dims('causalConv', { x: [x, 'BHTV'], kernel: [kernel, 'HK'] });
  tokens('causalConv', sizes.T);
  return sizes;
}

/**
 * Causal convolution over time with one filter per head: `y_t = sum_i kernel[K - 1 - i] x_{t - i}`, zeros before the
 * first token, last tap on the current token.
 *
 * @param x `[B, H, T, V]` float32.
 * @param kernel `[H, K]` float32.
 * @throws ShapeError when the heads disagree, a tensor is not float32 or T is 0.
 * @example
 * const y = causalConv(tf.ones([1, 2, 5, 3]), tf.ones([2, 4])); // [1, 2, 5, 3]
 */
export function causalConv(x: BHTV, kernel: Matrix): BHTV {
  check(x, kernel);
  return hasKernel('CausalConv')
    ? runKernel<BHTV>('CausalConv', { x, kernel })
    : causalConvBlockwise(x, kernel);
}

/**
 * Causal convolution with one filter per channel, through tf.depthwiseConv2d: any backend.
 */
export function depthwiseCausalConvStock(x: BTD, kernel: Matrix): BTD {
  const { B, T, D, K } = dims('depthwiseCausalConv', { x: [x, 'BTD'], kernel: [kernel, 'KD'] });
  return tf.tidy(() => {
    const image = tf.reshape<tf.Rank.R4>(
      tf.pad(x, [
        [0, 0],
        [K - 1, 0],
        [0, 0],
      ]),
      [B, T + K - 1, 1, D],
    );
    const y = tf.depthwiseConv2d(image, tf.reshape<tf.Rank.R4>(kernel, [K, 1, D, 1]), 1, 'valid');
    return tf.reshape<tf.Rank.R3>(y, [B, T, D]);
  });
}

/**
 * Causal convolution over time with one filter per channel: `y_t = bias + sum_i kernel[K - 1 - i] * x_{t - i}`, zeros
 * before the first token, last tap on the current token.
 *
 * @param x `[B, T, D]` float32.
 * @param kernel `[K, D]` float32.
 * @param bias `[D]` float32, optional.
 * @throws ShapeError when the widths disagree, a tensor is not float32 or T is 0.
 * @example
 * const y = depthwiseCausalConv(tf.ones([1, 5, 3]), tf.ones([4, 3])); // [1, 5, 3]
 */
export function depthwiseCausalConv(x: BTD, kernel: Matrix, bias?: Vector): BTD {
  floats('depthwiseCausalConv', { x, kernel, bias });
  const { T } = dims('depthwiseCausalConv', { x: [x, 'BTD'], kernel: [kernel, 'KD'] });
  if (bias) dims('depthwiseCausalConv', { x: [x, 'BTD'], bias: [bias, 'D'] });
  tokens('depthwiseCausalConv', T);
  return tf.tidy(() => {
    const y = hasKernel('DepthwiseCausalConv')
      ? runKernel<BTD>('DepthwiseCausalConv', { x, kernel })
      : depthwiseCausalConvStock(x, kernel);
    return bias ? tf.add<BTD>(y, bias) : y;
  });
}

import { tf } from '../../core/tf';
import { replaceGradient } from '../registry';
import { everywhere, only, saved } from './repair';
import type { Repair } from './repair';

/** The gradient of cumsum. */
export const cumsumGradient: Repair = {
  name: 'cumsumGradient',
  reason:
    'the gradient of cumsum along any axis but the last is transposed: it throws, or is silently wrong where the two axes are equally long',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'Cumsum',
      inputsToSave: ['x'],
      gradFunc: (dy, [x], { axis, exclusive, reverse }) => {
        void x;
        return { x: () => tf.cumsum(only(dy), Number(axis), exclusive === true, reverse !== true) };
      },
    }),
};

/**
 * Products between two places, `[..., T] -> [..., T, T]`: entry (i, j) is `prod_{j < s <= i} x_s` on and below the
 * diagonal, 0 above. Nothing is divided, so zeros in `x` do no harm.
 */
function productsBetween(x: tf.Tensor, time: number): tf.Tensor {
  const lower = tf.linalg.bandPart(tf.ones([time, time]), -1, 0);
  const strict = tf.sub(lower, tf.eye(time));
  const factors = tf.add(tf.mul(tf.expandDims(x, -1), strict), tf.sub(1, strict));
  return tf.mul(tf.cumprod(factors, factors.rank - 2), lower);
}

/** The missing gradient of cumprod. */
export const cumprodGradient: Repair = {
  name: 'cumprodGradient',
  reason: 'cumprod has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'Cumprod',
      inputsToSave: ['x'],
      gradFunc: (dys, tensors, attrs) => {
        const input = saved(tensors, 0);
        const axis = (Number(attrs['axis']) + input.rank) % input.rank;
        const exclusive = attrs['exclusive'] === true;
        const reverse = attrs['reverse'] === true;
        const time = input.shape[axis] ?? 1;
        const order = [...input.shape.keys()].filter((i) => i !== axis).concat(axis);
        const back = order.map((_, i) => order.indexOf(i));
        const last = (t: tf.Tensor) => {
          const moved = tf.transpose(t, order);
          return reverse ? tf.reverse(moved, -1) : moved;
        };
        return {
          // dx_j = (prod_{s < j} x_s) sum_{i >= j} (prod_{j < s <= i} x_s) dy_i
          x: () => {
            const x = last(input);
            let dy = last(only(dys));
            if (exclusive) {
              const pads = x.shape.map((_, i): [number, number] => (i === x.rank - 1 ? [0, 1] : [0, 0]));
              const from = x.shape.map((_, i) => (i === x.rank - 1 ? 1 : 0));
              const size = x.shape.map((n, i) => (i === x.rank - 1 ? n - 1 : n));
              dy = time === 1 ? tf.zerosLike(dy) : tf.pad(tf.slice(dy, from, size), pads);
            }
            const after = tf.sum(tf.mul(productsBetween(x, time), tf.expandDims(dy, -1)), -2);
            const dx = tf.mul(tf.cumprod(x, x.rank - 1, true), after);
            return tf.transpose(reverse ? tf.reverse(dx, -1) : dx, back);
          },
        };
      },
    }),
};

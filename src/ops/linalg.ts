import { expectInteger, ShapeError } from '../core/errors';
import { dims } from '../core/shape';
import { tf } from '../core/tf';
import type { BHTK, BTD, Matrix, Vector } from '../core/tf';
import { floats } from './check';

/**
 * `x w + bias` over the last axis: `[..., D] -> [..., E]` for rank 2 to 4.
 *
 * All leading axes are folded into one before the product, so it is one large matrix product in every direction:
 * stock TensorFlow.js throws in the gradient of `[B, T, D] x [D, E]`, and a batched product is slower.
 *
 * @param x `[..., D]` float32.
 * @param w `[D, E]` float32.
 * @param bias `[E]` float32, optional.
 * @throws ShapeError when the widths disagree or the rank is not 2 to 4.
 * @example
 * const q = project(tf.ones([2, 5, 8]), tf.ones([8, 4])); // [2, 5, 4]
 */
export function project<R extends tf.Rank>(x: tf.Tensor<R>, w: Matrix, bias?: Vector): tf.Tensor<R> {
  if (x.rank < 2 || x.rank > 4)
    throw new ShapeError(
      `project: argument 'x' must have rank 2 to 4 ([..., D]), got shape [${x.shape.join(', ')}]`,
    );
  const width = x.shape[x.rank - 1] ?? 0;
  const rows = tf.util.sizeFromShape(x.shape.slice(0, -1));
  return tf.tidy(() => {
    const flat = tf.reshape<tf.Rank.R2>(x, [rows, width]);
    const { E } = dims('project', { x: [flat, 'ND'], w: [w, 'DE'] });
    if (bias) dims('project', { w: [w, 'DE'], bias: [bias, 'E'] });
    floats('project', { x, w, bias });
    const y = tf.matMul(flat, w);
    const shape = [...x.shape.slice(0, -1), E] as tf.ShapeMap[R];
    return tf.reshape<R>(bias ? tf.add(y, bias) : y, shape);
  });
}

/**
 * `[B, T, H*K] -> [B, H, T, K]`.
 *
 * @throws ShapeError when `heads` does not divide the last axis.
 * @example
 * splitHeads(tf.ones([2, 5, 8]), 4).shape; // [2, 4, 5, 2]
 */
export function splitHeads(x: BTD, heads: number): BHTK {
  expectInteger(heads, 'splitHeads', 'heads');
  const { B, T, D } = dims('splitHeads', { x: [x, 'BTD'] });
  if (D % heads !== 0)
    throw new ShapeError(
      `splitHeads: argument 'x' must have a width that ${heads} heads divide, got [${B}, ${T}, ${D}]`,
    );
  return tf.tidy(() => tf.transpose(tf.reshape<tf.Rank.R4>(x, [B, T, heads, D / heads]), [0, 2, 1, 3]));
}

/**
 * `[B, H, T, K] -> [B, T, H*K]`: the inverse of {@link splitHeads}.
 *
 * @example
 * mergeHeads(tf.ones([2, 4, 5, 2])).shape; // [2, 5, 8]
 */
export function mergeHeads(x: BHTK): BTD {
  const { B, H, T, K } = dims('mergeHeads', { x: [x, 'BHTK'] });
  return tf.tidy(() => tf.reshape<tf.Rank.R3>(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * K]));
}

/**
 * `[rows, columns]` float32: 1 where a query may look, 0 elsewhere. With more columns than rows the last query is
 * aligned with the last key, as in decoding with a cache.
 *
 * @example
 * causalMask(2, 3).arraySync(); // [[1, 1, 0], [1, 1, 1]]
 */
export function causalMask(rows: number, columns = rows): Matrix {
  expectInteger(rows, 'causalMask', 'rows', 0);
  expectInteger(columns, 'causalMask', 'columns', 0);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const seen = Math.min(columns, Math.max(0, row + 1 + columns - rows));
    values.fill(1, row * columns, row * columns + seen);
  }
  return tf.tensor2d(values, [rows, columns], 'float32');
}

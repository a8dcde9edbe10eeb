import { expect } from 'chai';
import { ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import type { BHTK } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { attend, attendInBlocks, windowMask } from '../../src/modules/attend';

/** Elements of the largest tensor that any kernel makes while `body` runs. */
async function largestTensor(body: () => tf.TensorContainer): Promise<number> {
  const { kernels } = await tf.profile(() => tf.tidy(body));
  return Math.max(
    ...kernels.flatMap(({ outputShapes }) => outputShapes.map((shape) => tf.util.sizeFromShape(shape ?? []))),
  );
}

describe('softmax attention in blocks', () => {
  it('windowMask: the last row stands on the last column, each sees the window', () => {
    const mask = windowMask(2, 4, 3);
    expect(mask.arraySync()).to.deep.equal([
      [1, 1, 1, 0],
      [0, 1, 1, 1],
    ]);
    mask.dispose();
  });

  it('never holds a T×T buffer, forward or backward', async () => {
    const [T, K, chunk] = [64, 2, 8];
    const [q, k, v] = [1, 2, 3].map((seed) => randomNormal<tf.Rank.R4>([1, 1, T, K], 0, 1, seed)) as [
      BHTK,
      BHTK,
      BHTK,
    ];
    const inBlocks = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Scalar =>
      tf.sum(attendInBlocks({ q: a as BHTK, k: b as BHTK, v: c as BHTK }, chunk));
    const atOnce = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Scalar =>
      tf.sum(attend({ q: a as BHTK, k: b as BHTK, v: c as BHTK }, windowMask(T, T)));
    expect(await largestTensor(() => tf.grads(atOnce)([q, k, v]))).to.equal(T * T);
    expect(await largestTensor(() => tf.grads(inBlocks)([q, k, v]))).to.equal(chunk * T);
    tf.dispose([q, k, v]);
  });

  it('names the argument whose shape is wrong', () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([1, 2, 3, 4]);
      expect(() => attend({ q: x, k: tf.zeros([1, 2, 3, 5]), v: x })).to.throw(ShapeError, "'k'");
      expect(() => attendInBlocks({ q: x, k: x, v: tf.zeros([1, 2, 9, 4]) }, 2)).to.throw(ShapeError, "'v'");
    });
  });
});

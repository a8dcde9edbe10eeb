import { expect } from 'chai';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { linearScanChunkwise } from '../../src/ops/linearScan';
import { SEGMENT_BLOCKS, segments } from '../../src/ops/segments';
import { prefixSoftmaxChunkwise } from '../../src/ops/softmaxScan';

/** Numbers that the kernels of `f` read and write, a count that no machine's speed touches. */
async function traffic(f: () => tf.Tensor[]): Promise<number> {
  const { kernels } = await tf.profile(f);
  return kernels
    .flatMap(({ inputShapes, outputShapes }) => [...inputShapes, ...outputShapes])
    .reduce((sum, shape) => sum + (shape ? tf.util.sizeFromShape(shape) : 0), 0);
}

const chunk = 2;

/** The composition's outputs and gradients for T tokens, in one head of width 1: the blocks' products weigh most. */
const compositions = {
  linearScanChunkwise: (T: number) => {
    const x = randomNormal<tf.Rank.R4>([1, 1, T, 1], 0, 1, 1);
    const g = tf.neg(tf.abs(randomNormal<tf.Rank.R3>([1, 1, T], 0, 1, 2)));
    return tf.grads((...[q, k, v, logDecay]: tf.Tensor[]) =>
      tf.sum(linearScanChunkwise({ q, k, v, logDecay } as never, { chunk }).o),
    )([x, x, x, g]);
  },
  prefixSoftmaxChunkwise: (T: number) => {
    const logits = randomNormal<tf.Rank.R3>([1, 1, T], 0, 1, 1);
    const v = randomNormal<tf.Rank.R4>([1, 1, T, 1], 0, 1, 2);
    return tf.grads((...[logits, v]: tf.Tensor[]) =>
      tf.sum(prefixSoftmaxChunkwise({ logits, v } as never, { chunk }).mean),
    )([logits, v]);
  },
};

describe('segments of a scan', () => {
  for (const [name, run] of Object.entries(compositions))
    it(`${name}: forward and backward, work grows with T, not with its square`, async () => {
      const unit = SEGMENT_BLOCKS * chunk;
      const counts: number[] = [];
      for (const n of [2, 4, 8]) counts.push(await traffic(() => tf.tidy(() => run(n * unit))));
      const [one = NaN, two = NaN, four = NaN] = counts;
      // what another segment costs is the same, however many there are
      expect(four - two).to.be.closeTo(2 * (two - one), 0.02 * four);
      expect(four / two).to.be.below(2.05);
    });

  it('cut time without losing a token, and leave a short sequence whole', () => {
    tf.tidy(() => {
      const x = randomNormal<tf.Rank.R4>([2, 3, 10, 2], 0, 1, 1);
      expect(segments(x, 10)).to.deep.equal([x]);
      for (const [length, sizes] of [
        [4, [4, 4, 2]],
        [5, [5, 5]],
        [9, [9, 1]],
      ] as const) {
        const pieces = segments(x, length);
        expect(pieces.map((piece) => piece.shape[2])).to.deep.equal(sizes);
        expect(tf.concat(pieces, 2).dataSync()).to.deep.equal(x.dataSync());
      }
    });
  });
});

import { expect } from 'chai';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { causalMask, mergeHeads, project, splitHeads } from '../../src/ops/linalg';
import { checkOp, randomArray } from '../support/finiteDifferences';

describe('project', () => {
  for (const shape of [
    [5, 3],
    [2, 4, 3],
    [2, 2, 3, 3],
    [1, 1, 3],
  ])
    it(`equals the loops, gradients included: [${shape.join(', ')}]`, () => {
      const E = 4;
      const D = 3;
      const oracle = ({ x = new Float64Array(), w = [], bias }: Record<string, Float64Array | number[]>) => {
        const rows = x.length / D;
        const y = new Float64Array(rows * E);
        for (let r = 0; r < rows; r++)
          for (let e = 0; e < E; e++) {
            let sum = bias?.[e] ?? 0;
            for (let d = 0; d < D; d++) sum += (x[r * D + d] ?? NaN) * (w[d * E + e] ?? NaN);
            y[r * E + e] = sum;
          }
        return [y];
      };
      const inputs = { x: randomArray(shape, 1), w: randomArray([D, E], 2) };
      const form = (tensors: Record<string, tf.Tensor>) => {
        const { x = tf.scalar(0), w, bias } = tensors;
        return [project(x, w as tf.Tensor2D, bias as tf.Tensor1D | undefined)];
      };
      checkOp({ what: 'without bias', inputs, oracle, forms: { project: form } });
      const all = { ...inputs, bias: randomArray([E], 3) };
      checkOp({ what: 'with bias', inputs: all, oracle, forms: { project: form } });
    });

  it('refuses other ranks and disagreeing widths', () => {
    tf.tidy(() => {
      expect(() => project(tf.ones([3]), tf.ones([3, 4]))).to.throw(ShapeError, 'rank 2 to 4');
      expect(() => project(tf.ones([2, 3]), tf.ones([4, 4]))).to.throw(ShapeError, "argument 'w'");
      expect(() => project(tf.ones([2, 3]), tf.ones([3, 4]), tf.ones([3]))).to.throw(
        ShapeError,
        "argument 'bias'",
      );
    });
  });
});

describe('splitHeads and mergeHeads', () => {
  it('put head h of the width at axis 1 and back', () => {
    tf.tidy(() => {
      const x = randomNormal<tf.Rank.R3>([2, 5, 12], 0, 1, 1);
      const heads = splitHeads(x, 3);
      expect(heads.shape).to.deep.equal([2, 3, 5, 4]);
      expect(heads.arraySync()[1]?.[2]?.[4]).to.deep.equal(x.arraySync()[1]?.[4]?.slice(8, 12));
      expect(mergeHeads(heads).arraySync()).to.deep.equal(x.arraySync());
    });
  });

  it('carry gradients back', () => {
    tf.tidy(() => {
      const w = randomNormal<tf.Rank.R4>([2, 3, 5, 4], 0, 1, 2);
      const g = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(splitHeads(x as tf.Tensor3D, 3), w)))(
        tf.zeros([2, 5, 12]),
      );
      expect(g.arraySync()).to.deep.equal(mergeHeads(w).arraySync());
    });
  });

  it('refuse heads that do not divide the width', () => {
    tf.tidy(() => {
      expect(() => splitHeads(tf.ones([1, 2, 6]), 4)).to.throw(ShapeError, '4 heads');
      expect(() => splitHeads(tf.ones([1, 2, 6]), 0)).to.throw(ConfigError, 'heads');
    });
  });
});

describe('causalMask', () => {
  it('is lower triangular, aligned at the end', () => {
    const rows = (mask: tf.Tensor2D) => {
      const values = mask.arraySync();
      mask.dispose();
      return values;
    };
    expect(rows(causalMask(1))).to.deep.equal([[1]]);
    expect(rows(causalMask(3))).to.deep.equal([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(rows(causalMask(2, 4))).to.deep.equal([
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
    expect(rows(causalMask(3, 2))).to.deep.equal([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    expect(() => causalMask(-1)).to.throw(ConfigError);
  });
});

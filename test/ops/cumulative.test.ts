import { expect } from 'chai';
import { ShapeError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { cumLogSumExp, cumsum } from '../../src/ops/cumulative';
import type { CumsumOptions } from '../../src/ops/cumulative';
import { checkOp, randomArray } from '../support/finiteDifferences';

type Line = (x: number[]) => number[];

/** Applies `line` along one axis of a flat array. */
function along(shape: readonly number[], axis: number, line: Line, x: Float64Array): Float64Array {
  const time = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start++) {
    if (Math.floor(start / inner) % time !== 0) continue;
    const places = Array.from({ length: time }, (_, t) => start + t * inner);
    line(places.map((i) => x[i] ?? NaN)).forEach((value, t) => (y[places[t] ?? 0] = value));
  }
  return y;
}

function sums({ exclusive = false, reverse = false }: CumsumOptions): Line {
  return (x) =>
    x.map((_, t) =>
      x.reduce((sum, value, s) => {
        const seen = reverse ? s >= t : s <= t;
        return seen && !(exclusive && s === t) ? sum + value : sum;
      }, 0),
    );
}

const logSums: Line = (x) =>
  x.map((_, t) => {
    const top = Math.max(...x.slice(0, t + 1));
    return top + Math.log(x.slice(0, t + 1).reduce((sum, value) => sum + Math.exp(value - top), 0));
  });

// equal lengths on purpose: that is where the stock gradient is silently wrong
const shapes: [shape: number[], axis: number][] = [
  [[1], 0],
  [[5], 0],
  [[3, 3], 0],
  [[3, 3], 1],
  [[4, 3], 0],
  [[2, 4, 3], 1],
  [[3, 3, 3], 0],
  [[2, 2, 3, 3], 2],
  [[2, 2, 3, 3], 3],
  [[2, 5, 1, 6], 1],
  [[2, 1, 2, 3, 2], 3],
];

describe('cumsum', () => {
  for (const [shape, axis] of shapes)
    it(`equals the loops, gradient included: [${shape.join(', ')}] along ${axis}`, () => {
      for (const exclusive of [false, true])
        for (const reverse of [false, true])
          checkOp({
            what: JSON.stringify({ exclusive, reverse }),
            inputs: { x: randomArray(shape, 1) },
            oracle: ({ x = new Float64Array() }) => [along(shape, axis, sums({ exclusive, reverse }), x)],
            forms: {
              cumsum: ({ x }) => [cumsum(x ?? tf.scalar(0), axis, { exclusive, reverse })],
              'cumsum counted from the end': ({ x }) => [
                cumsum(x ?? tf.scalar(0), axis - shape.length, { exclusive, reverse }),
              ],
            },
          });
    });

  it('has a second derivative', () => {
    tf.tidy(() => {
      const x = tf.tensor([1, 2, 3]);
      // d/dx of sum(cumsum(x)^2) is 2 A^T A x; its own gradient along ones is 2 A^T A 1
      const first = tf.grad((y: tf.Tensor) => tf.sum(tf.square(cumsum(y, 0))));
      const second = tf.grad((y: tf.Tensor) => tf.sum(first(y)))(x);
      expect([...second.dataSync()]).to.deep.equal([12, 10, 6]);
    });
  });

  it('refuses an axis that is not there and integers', () => {
    tf.tidy(() => {
      expect(() => cumsum(tf.ones([2, 2]), 2)).to.throw(ShapeError, "argument 'axis'");
      expect(() => cumsum(tf.ones([2, 2]), -3)).to.throw(ShapeError, "argument 'axis'");
      expect(() => cumsum(tf.ones([2, 2], 'int32'), 0)).to.throw(ShapeError, 'float32');
    });
  });
});

describe('cumLogSumExp', () => {
  for (const [shape, axis] of shapes)
    it(`equals the loops, gradient included: [${shape.join(', ')}] along ${axis}`, () => {
      checkOp({
        what: 'random logits',
        inputs: { x: randomArray(shape, 1, 3) },
        oracle: ({ x = new Float64Array() }) => [along(shape, axis, logSums, x)],
        forms: { cumLogSumExp: ({ x }) => [cumLogSumExp(x ?? tf.scalar(0), axis)] },
      });
    });

  it('stays finite and right for logits of +-1e4', () => {
    const values = Float64Array.of(-1e4, 1e4, 0, 1e4, -1e4);
    checkOp({
      what: 'large logits',
      inputs: { x: { shape: [5], values } },
      oracle: ({ x = new Float64Array() }) => [along([5], 0, logSums, x)],
      forms: { cumLogSumExp: ({ x }) => [cumLogSumExp(x ?? tf.scalar(0), 0)] },
    });
  });

  it('refuses an empty axis', () => {
    tf.tidy(() => {
      expect(() => cumLogSumExp(tf.ones([2, 0]), 1)).to.throw(ShapeError, 'at least one token');
    });
  });
});

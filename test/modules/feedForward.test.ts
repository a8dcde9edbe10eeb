import { expect } from 'chai';
import { ConfigError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import type { BTD } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { countParameters, disposeTree, leaves, mapTree } from '../../src/core/tree';
import { gelu, silu } from '../../src/modules/activation';
import type { FeedForward } from '../../src/modules/feedForward';
import { feedForward2, feedForwards, mlp, swiglu } from '../../src/modules/feedForward';
import { erf, expectSame } from './support/check';

const plainGelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2;
const plainSilu = (x: number): number => x / (1 + Math.exp(-x));

/** x W + b for one row; W is flat, `[rows, columns]`. */
function affine(row: ArrayLike<number>, w: Float64Array, b?: Float64Array): number[] {
  const columns = w.length / row.length;
  return Array.from({ length: columns }, (_, e) => {
    let sum = b?.[e] ?? 0;
    for (let d = 0; d < row.length; d++) sum += (row[d] as number) * (w[d * columns + e] as number);
    return sum;
  });
}

/** Checks a feed-forward and the gradients of x and of all its parameters against loops over one token. */
function check(
  feedForward: FeedForward,
  width: number,
  token: (x: number[], p: Record<string, Float64Array>) => number[],
): void {
  const params = feedForward.init(width, 1, { hidden: 7 });
  const paths = leaves<tf.Variable>(params).map(([path]) => path);
  // biases start at zero, where a forgotten one would not show
  const values = leaves<tf.Variable>(params).map(([, v], i) => randomNormal(v.shape, 0, 0.6, i + 5));
  const x = randomNormal([2, 2, width], 0, 1, 2);
  expectSame(
    (y, ...rest) => {
      const tree = mapTree(params, (_, path) => rest[paths.indexOf(path)] as tf.Variable);
      return feedForward.apply(tree, y as BTD);
    },
    (y, ...rest) => {
      const named = Object.fromEntries(paths.map((path, i) => [path, rest[i] as Float64Array]));
      return [0, 1, 2, 3].flatMap((t) => token(Array.from(y.slice(t * width, (t + 1) * width)), named));
    },
    [x, ...values],
  );
  tf.dispose([x, ...values]);
  disposeTree(params);
}

/** A parameter by its path. */
const at = (p: Record<string, Float64Array>, path: string): Float64Array => p[path] as Float64Array;

describe('activations', () => {
  const points = Array.from({ length: 41 }, (_, i) => (i - 20) / 4);

  it('gelu is the exact one, with its gradient', () => {
    const x = tf.tensor1d(points);
    expectSame(gelu, (y) => Array.from(y, plainGelu), [x], 1e-6);
    x.dispose();
  });

  it('silu, with its gradient', () => {
    const x = tf.tensor1d(points);
    expectSame(silu, (y) => Array.from(y, plainSilu), [x], 1e-6);
    x.dispose();
  });

  it('both end flat on the left and straight on the right', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([-1e4, -100, 100, 1e4]);
      for (const f of [gelu, silu]) {
        const slopes = tf
          .grad((y) => f(y))(x)
          .dataSync();
        f(x)
          .dataSync()
          .forEach((value, i) => expect(value).to.be.closeTo([0, 0, 100, 1e4][i] as number, 1e-30));
        slopes.forEach((slope, i) => expect(slope).to.be.closeTo([0, 0, 1, 1][i] as number, 1e-30));
      }
    });
  });
});

describe('feed-forwards', () => {
  it('mlp: W2 gelu(W1 x + b1) + b2, every gradient', () =>
    check(mlp, 3, (x, p) =>
      affine(
        affine(x, at(p, 'up.weight'), at(p, 'up.bias')).map(plainGelu),
        at(p, 'down.weight'),
        at(p, 'down.bias'),
      ),
    ));

  it('swiglu: W3 (silu(W1 x) * W2 x), every gradient', () =>
    check(swiglu, 3, (x, p) => {
      const up = affine(x, at(p, 'up'));
      return affine(
        affine(x, at(p, 'gate')).map((g, i) => plainSilu(g) * (up[i] as number)),
        at(p, 'down'),
      );
    }));

  it('feedForward2: b3 + sum h_i g_j W3[i, j], every gradient', () =>
    check(feedForward2, 3, (x, p) => {
      const h = affine(x, at(p, 'hidden'), at(p, 'hiddenBias')).map(plainSilu);
      const g = affine(x, at(p, 'gate'), at(p, 'gateBias')).map(plainSilu);
      const out = at(p, 'out');
      return Array.from(at(p, 'outBias'), (start, w) => {
        let sum = start;
        h.forEach((hi, i) =>
          g.forEach((gj, j) => (sum += hi * gj * (out[(i * g.length + j) * 3 + w] as number))),
        );
        return sum;
      });
    }));

  it("feedForward2: 9 D² + 10 D + 8 parameters, started by Keras' fan rule for three axes", () => {
    const D = 24;
    expect(feedForward2.parameters(D)).to.equal(9 * D * D + 10 * D + 8);
    const params = feedForward2.init(D, 3);
    const largest = (name: string): number =>
      Math.max(...tf.tidy(() => tf.abs(params[name] as tf.Variable).dataSync()));
    for (const [name, limit] of [
      ['hidden', Math.sqrt(6 / (2 * D))],
      ['gate', Math.sqrt(6 / (D + 8))],
      ['out', Math.sqrt(6 / (D * (8 + D)))],
    ] as const)
      expect(largest(name) / limit, name).to.be.within(0.97, 1);
    for (const name of ['hiddenBias', 'gateBias', 'outBias']) expect(largest(name), name).to.equal(0);
    disposeTree(params);
  });

  for (const [name, feedForward] of Object.entries(feedForwards)) {
    it(`${name}: counts its parameters, repeats under a seed, keeps the shape, names a bad size`, () => {
      expect(feedForward.name).to.equal(name);
      for (const options of [{}, { hidden: 11 }]) {
        const [a, b] = [feedForward.init(6, 4, options), feedForward.init(6, 4, options)];
        expect(countParameters(a)).to.equal(feedForward.parameters(6, options));
        const values = [a, b].map((tree) => leaves<tf.Variable>(tree).map(([, v]) => [...v.dataSync()]));
        expect(values[0]).to.deep.equal(values[1]);
        const before = tf.memory().numTensors;
        const x = tf.ones<tf.Rank.R3>([2, 3, 6]);
        const y = feedForward.apply(a, x);
        expect(y.shape).to.deep.equal([2, 3, 6]);
        tf.dispose([x, y]);
        expect(tf.memory().numTensors).to.equal(before);
        disposeTree(a);
        disposeTree(b);
      }
      if (feedForward.parameters(6) > 0)
        expect(() => feedForward.init(6, 1, { hidden: 0 })).to.throw(ConfigError, "'hidden'");
    });
  }

  it('swiglu is as large as an mlp by default', () => {
    expect(swiglu.parameters(96) / mlp.parameters(96)).to.be.within(0.98, 1.02);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { randomNormal } from '../../src/core/random';
import type { BHTK } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { elu1, featureMaps, taylor2 } from '../../src/modules/featureMap';
import { expectSame } from './support/check';

const plain: Record<string, (x: number) => number> = {
  identity: (x) => x,
  relu: (x) => Math.max(x, 0),
  square: (x) => x * x,
  elu1: (x) => (x > 0 ? x + 1 : Math.exp(x)),
};

describe('feature maps', () => {
  for (const [name, map] of Object.entries(featureMaps)) {
    it(`${name}: named as listed, as wide as it says, frozen`, () => {
      expect(map.name).to.equal(name);
      expect(map).to.be.frozen;
      tf.tidy(() => {
        const x: BHTK = randomNormal([2, 3, 5, 7], 0, 1, 1);
        expect(map.apply(x).shape).to.deep.equal([2, 3, 5, map.width(7)]);
      });
    });

    const f = plain[name];
    if (f) {
      it(`${name}: equals its formula, gradient too`, () => {
        const x = randomNormal([1, 2, 3, 5], 0, 2, 2);
        // a copy: the identity hands back what it got
        expectSame(
          (y) => tf.tidy(() => tf.mul(map.apply(y as BHTK), 1)),
          (y) => Array.from(y, f),
          [x],
        );
        x.dispose();
      });
    }
  }

  it('taylor2: phi(q) · phi(k) = 1 + z + z²/2, for any q and k', () => {
    const vector = fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(vector, vector, (q, k) =>
        tf.tidy(() => {
          const z = q.reduce((sum, value, i) => sum + value * (k[i] as number), 0) / Math.sqrt(5);
          const [a, b] = [q, k].map((x) => taylor2.apply(tf.tensor4d(x, [1, 1, 1, 5]))) as [BHTK, BHTK];
          const product = tf.sum(tf.mul(a, b)).dataSync()[0] as number;
          expect(product).to.be.closeTo(1 + z + (z * z) / 2, 1e-4);
          expect(product).to.be.above(0.49);
        }),
      ),
      { numRuns: 40, seed: 3 },
    );
  });

  it('taylor2: 273 features of 16 channels; gradient as of its formula', () => {
    expect(taylor2.width(16)).to.equal(273);
    const K = 3;
    const x = randomNormal([1, 1, 2, K], 0, 1, 4);
    expectSame(
      (y) => tf.tidy(() => taylor2.apply(y as BHTK)),
      (y) =>
        [0, 1].flatMap((t) => {
          const row = Array.from(y.slice(t * K, t * K + K));
          const pairs = row.flatMap((a) => row.map((b) => (a * b) / Math.sqrt(2 * K)));
          return [1, ...row.map((a) => a / K ** 0.25), ...pairs];
        }),
      [x],
    );
    x.dispose();
  });

  it('elu1: keeps e^x far below zero, where elu(x) + 1 would round it away', () => {
    tf.tidy(() => {
      const y = elu1.apply(tf.tensor4d([-30], [1, 1, 1, 1])).dataSync()[0] as number;
      expect(y / Math.exp(-30)).to.be.closeTo(1, 1e-4);
    });
  });
});

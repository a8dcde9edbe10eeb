import { expect } from 'chai';
import * as fc from 'fast-check';
import { tf } from '../../src/core/tf';
import { expectClose } from '../support/compare';
import { randomArray } from '../support/finiteDifferences';

function draw(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(Float32Array.from(randomArray(shape, seed).values), shape);
}

/** The largest relative error over numbers that are neither 0 nor infinite. */
function worst(actual: ArrayLike<number>, expected: number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value) / Math.abs(value)));
}

describe('element-wise kernels', () => {
  it('exp is right to 5e-7 over its whole range, and at its ends', () => {
    const x = Array.from({ length: 3501 }, (_, i) => Math.fround(-87 + 0.05 * i)).filter(
      (value) => value < 88.7,
    );
    const y = tf.tidy(() => tf.exp(tf.tensor(x)).dataSync());
    expect(worst(y, x.map(Math.exp))).to.be.below(5e-7);
    const ends = tf.tidy(() => [
      ...tf.exp(tf.tensor([0, -Infinity, Infinity, 100, -200, NaN, -0])).dataSync(),
    ]);
    expect(ends).to.deep.equal([1, 0, Infinity, Infinity, 0, NaN, 1]);
  });

  it('erf is right to 3e-7, odd and bounded', () => {
    // by its Taylor series, in float64
    const erf = (x: number) => {
      let [term, sum] = [x, x];
      for (let n = 1; n < 120; n++) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    };
    const x = Array.from({ length: 61 }, (_, i) => Math.fround(-3 + 0.1 * i));
    expectClose(
      tf.tidy(() => tf.erf(tf.tensor(x)).dataSync()),
      x.map(erf),
      3e-7,
      'erf',
    );
    const ends = tf.tidy(() => [...tf.erf(tf.tensor([20, -20, NaN])).dataSync()]);
    expect(ends).to.deep.equal([1, -1, NaN]);
  });

  it('minimum and maximum: same shape, one number on either side, broadcast, NaN', () => {
    tf.tidy(() => {
      const [x, y] = [draw([3, 7], 1), draw([3, 7], 2)];
      const [a, b] = [[...x.dataSync()], [...y.dataSync()]];
      const both = (f: (p: number, q: number) => number) => a.map((p, i) => f(p, b[i] ?? NaN));
      expect([...tf.minimum(x, y).dataSync()]).to.deep.equal(both(Math.min));
      expect([...tf.maximum(x, y).dataSync()]).to.deep.equal(both(Math.max));
      const small = Math.fround(0.1);
      expect([...tf.minimum(x, 0.1).dataSync()]).to.deep.equal(a.map((p) => Math.min(p, small)));
      expect([...tf.maximum(tf.scalar(0.1), x).dataSync()]).to.deep.equal(a.map((p) => Math.max(p, small)));
      expect(tf.maximum(tf.tensor([1]), tf.ones([1, 1])).shape).to.deep.equal([1, 1]);
      const row = draw([7], 3);
      const last = [...row.dataSync()];
      const rows = a.map((p, i) => Math.min(p, last[i % 7] ?? NaN));
      expect([...tf.minimum(x, row).dataSync()]).to.deep.equal(rows);
      const integers = tf.maximum(tf.tensor([1, 5], [2], 'int32'), tf.tensor([3, 2], [2], 'int32'));
      expect([...integers.dataSync()]).to.deep.equal([3, 5]);
    });
  });

  it('sum and mean over any axes, kept or not', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 15 }), fc.boolean(), (lengths, mask, keep) => {
        tf.tidy(() => {
          const axes = lengths.map((_, i) => i).filter((i) => mask & (1 << i));
          if (axes.length === 0) return;
          const x = draw(lengths, 1);
          const kept = lengths.map((n, i) => (axes.includes(i) ? 1 : n));
          const size = kept.reduce((p, q) => p * q, 1);
          const sums = new Float64Array(size);
          x.dataSync().forEach((value, flat) => {
            let [rest, to, stride] = [flat, 0, 1];
            for (let i = lengths.length - 1; i >= 0; i--) {
              const n = lengths[i] ?? 1;
              if (!axes.includes(i)) to += (rest % n) * stride;
              stride *= kept[i] ?? 1;
              rest = Math.floor(rest / n);
            }
            sums[to] = (sums[to] ?? 0) + value;
          });
          const count = x.size / size;
          const wanted = keep ? kept : lengths.filter((_, i) => !axes.includes(i));
          const [sum, mean] = [tf.sum(x, axes, keep), tf.mean(x, axes, keep)];
          expect(sum.shape).to.deep.equal(wanted);
          expect(mean.shape).to.deep.equal(wanted);
          expectClose(sum, sums, 1e-6, 'sum');
          expectClose(
            mean,
            sums.map((value) => value / count),
            1e-6,
            'mean',
          );
        });
      }),
      { seed: 7, numRuns: 100 },
    );
    tf.tidy(() => {
      expect(tf.sum(tf.tensor([true, true, false])).dataSync()[0]).to.equal(2);
      expect(tf.sum(tf.tensor([1, 2], [2], 'int32')).dtype).to.equal('int32');
      expect(tf.sum(tf.zeros([0, 3]), 0).arraySync()).to.deep.equal([0, 0, 0]);
    });
  });

  it('gather picks rows along any axis and refuses rows that are not there', () => {
    tf.tidy(() => {
      const x = draw([3, 4, 2], 1);
      const rows = x.arraySync() as number[][][];
      const ids = tf.tensor([2, 0, 2, 1], [2, 2], 'int32');
      const first = tf.gather(x, ids).arraySync();
      expect(first).to.deep.equal([
        [rows[2], rows[0]],
        [rows[2], rows[1]],
      ]);
      const second = tf.gather(x, tf.tensor([3, 3, 0], [3], 'int32'), 1).arraySync();
      expect(second).to.deep.equal(rows.map((row) => [row[3], row[3], row[0]]));
      expect(tf.gather(x, tf.tensor([1], [1], 'int32'), 2).shape).to.deep.equal([3, 4, 1]);
      const integers = tf.gather(tf.tensor([5, 6, 7], [3], 'int32'), tf.tensor([2, 1], [2], 'int32'));
      expect([...integers.dataSync()]).to.deep.equal([7, 6]);
    });
    if (tf.getBackend() === 'tensorflow') return;
    tf.tidy(() => {
      expect(() => tf.gather(tf.ones([3, 2]), tf.tensor([3], [1], 'int32'))).to.throw('not in [0, 2]');
      expect(() => tf.gather(tf.ones([3, 2]), tf.tensor([-1], [1], 'int32'))).to.throw('not in [0, 2]');
    });
  });

  it('a clone outlives its original, whichever goes first', () => {
    for (const order of ['original first', 'clone first']) {
      const x = tf.tensor([1, 2, 3]);
      const y = x.clone();
      const [gone, kept] = order === 'original first' ? [x, y] : [y, x];
      gone.dispose();
      const others = tf.tidy(() => [0, 1, 2].map((value) => tf.fill([3], value)).length);
      expect(others).to.equal(3);
      expect([...kept.dataSync()]).to.deep.equal([1, 2, 3]);
      kept.dispose();
    }
    const v = tf.variable(tf.tensor([1, 2]));
    const before = v.clone();
    v.assign(tf.tensor([3, 4]));
    expect([...before.dataSync()]).to.deep.equal([1, 2]);
    tf.dispose([v, before]);
  });
});

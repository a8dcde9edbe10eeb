import { expect } from 'chai';
import * as fc from 'fast-check';
import { tf } from '../../src/core/tf';
import { batches } from '../../src/kernels/broadcast';
import { expectClose } from '../support/compare';
import { randomArray } from '../support/finiteDifferences';

function draw(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(Float32Array.from(randomArray(shape, seed).values), shape);
}

/** The definition in float64 loops, one pair of matrices. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  M: number,
  N: number,
  K: number,
  ta: boolean,
  tb: boolean,
) {
  const out = new Float64Array(M * N);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++)
        out[m * N + n] =
          (out[m * N + n] ?? 0) +
          (a[ta ? k * M + m : m * K + k] ?? NaN) * (b[tb ? n * K + k : k * N + n] ?? NaN);
  return out;
}

describe('matMul', () => {
  const sizes = [
    [1, 1, 1],
    [1, 7, 5],
    [3, 9, 4],
    [4, 8, 4],
    [5, 13, 300],
    [97, 17, 9],
    [100, 520, 3],
    [8, 1, 33],
    [2, 530, 270],
    [33, 12, 257],
    [64, 64, 64],
  ] as const;
  for (const [M, N, K] of sizes)
    it(`equals the loops, both sides transposed or not: ${M} x ${K} x ${N}`, () => {
      for (const ta of [false, true])
        for (const tb of [false, true])
          tf.tidy(() => {
            const a = draw(ta ? [K, M] : [M, K], 1);
            const b = draw(tb ? [N, K] : [K, N], 2);
            const expected = product(a.dataSync(), b.dataSync(), M, N, K, ta, tb);
            expectClose(tf.matMul(a, b, ta, tb), expected, 3e-6, `transposed ${ta}, ${tb}`);
          });
    });

  it('equals the loops for random shapes and broadcast batches', () => {
    const length = fc.integer({ min: 1, max: 20 });
    const flag = fc.boolean();
    fc.assert(
      fc.property(
        length,
        length,
        length,
        flag,
        flag,
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), flag, flag), { maxLength: 3 }),
        (M, N, K, ta, tb, axes) => {
          tf.tidy(() => {
            // each batch axis is whole on both sides, or 1 on one of them
            const batchA = axes.map(([n, one]) => (one ? 1 : n));
            const batchB = axes.map(([n, one, other]) => (!one && other ? 1 : n));
            const a = draw([...batchA, ...(ta ? [K, M] : [M, K])], 1);
            const b = draw([...batchB, ...(tb ? [N, K] : [K, N])], 2);
            const y = tf.matMul(a, b, ta, tb);
            const { shape, offsetsA, offsetsB } = batches(batchA, batchB);
            expect(y.shape).to.deep.equal([...shape, M, N]);
            const [x, w] = [a.dataSync(), b.dataSync()];
            const expected = [...offsetsA].flatMap((ia, i) => {
              const ib = offsetsB[i] ?? 0;
              return [...product(x.subarray(ia * M * K), w.subarray(ib * K * N), M, N, K, ta, tb)];
            });
            expectClose(y, expected, 2e-6, 'matMul');
          });
        },
      ),
      { seed: 20, numRuns: 60 },
    );
  });

  it('keeps its hands off the neighbours of its output', () => {
    tf.tidy(() => {
      const guards = Array.from({ length: 6 }, (_, i) => tf.fill([64], i + 1));
      const a = draw([7, 11], 1);
      for (let i = 0; i < 5; i++) tf.matMul(a, draw([11, 3 + i], 2));
      guards.forEach((guard, i) => expect([...new Set(guard.dataSync())]).to.deep.equal([i + 1]));
    });
  });

  it('sums nothing to zero and refuses what does not fit', () => {
    tf.tidy(() => {
      expect([...tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).dataSync()]).to.deep.equal([0, 0, 0, 0, 0, 0]);
      expect(tf.matMul(tf.zeros([0, 2]), tf.zeros([2, 3])).shape).to.deep.equal([0, 3]);
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3]))).to.throw();
      expect(() => tf.matMul(tf.zeros([2, 2, 3]), tf.zeros([3, 3, 2]))).to.throw();
    });
  });

  it('passes NaN and infinity on', () => {
    tf.tidy(() => {
      const y = tf.matMul(
        tf.tensor2d([
          [NaN, 1],
          [Infinity, 1],
          [1, 2],
          [1, 2],
          [1, 2],
        ]),
        tf.ones([2, 9]),
      );
      const rows = y.arraySync() as number[][];
      expect(rows[0]?.every(Number.isNaN)).to.equal(true);
      expect(new Set(rows[1])).to.deep.equal(new Set([Infinity]));
      expect(new Set(rows[4])).to.deep.equal(new Set([3]));
    });
  });
});

describe('batches', () => {
  it('pairs every batch with its two sources', () => {
    const pairs = batches([2, 1], [1, 3]);
    expect(pairs.shape).to.deep.equal([2, 3]);
    expect([...pairs.offsetsA]).to.deep.equal([0, 0, 0, 1, 1, 1]);
    expect([...pairs.offsetsB]).to.deep.equal([0, 1, 2, 0, 1, 2]);
    expect([...batches([], []).offsetsA]).to.deep.equal([0]);
    expect([...batches([3], [2, 3]).offsetsA]).to.deep.equal([0, 1, 2, 0, 1, 2]);
    expect(batches([0], [1]).offsetsA).to.have.length(0);
    expect(() => batches([2], [3])).to.throw();
  });
});

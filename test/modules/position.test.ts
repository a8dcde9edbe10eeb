import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import type { BHTK } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';
import { learnedPositions, rotary, sinusoidal } from '../../src/modules/position';
import { expectSame } from './support/check';

describe('positions', () => {
  it('rotary: turns pairs of channels by position times frequency, gradient too', () => {
    const [T, K, offset] = [5, 6, 3];
    const x = randomNormal([1, 1, T, K], 0, 1, 1);
    expectSame(
      (y) => rotary(y as BHTK, offset),
      (y) => {
        const out = new Float64Array(T * K);
        for (let t = 0; t < T; t++)
          for (let i = 0; i < K / 2; i++) {
            const angle = (t + offset) * 10000 ** ((-2 * i) / K);
            const [a, b] = [y[t * K + i] as number, y[t * K + i + K / 2] as number];
            out[t * K + i] = a * Math.cos(angle) - b * Math.sin(angle);
            out[t * K + i + K / 2] = b * Math.cos(angle) + a * Math.sin(angle);
          }
        return out;
      },
      [x],
    );
    x.dispose();
  });

  it('rotary: q·k depends on the distance of two tokens alone', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(50), fc.nat(500), (first, distance, shift) =>
        tf.tidy(() => {
          const q: BHTK = randomNormal([1, 1, 1, 8], 0, 1, 2);
          const k: BHTK = randomNormal([1, 1, 1, 8], 0, 1, 3);
          const score = (start: number): number =>
            tf.sum(tf.mul(rotary(q, start + distance), rotary(k, start))).dataSync()[0] as number;
          expect(score(first)).to.be.closeTo(score(first + shift), 1e-3);
        }),
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  it('rotary: a sequence in two pieces is turned as in one', () => {
    tf.tidy(() => {
      const x: BHTK = randomNormal([2, 3, 7, 4], 0, 1, 4);
      const whole = rotary(x).dataSync();
      const pieces = [
        tf.slice(x, [0, 0, 0, 0], [-1, -1, 3, -1]),
        tf.slice(x, [0, 0, 3, 0], [-1, -1, 4, -1]),
      ] as const;
      const joined = tf.concat([rotary(pieces[0]), rotary(pieces[1], 3)], 2).dataSync();
      expect([...joined]).to.deep.equal([...whole]);
    });
  });

  it('rotary: rejects an odd head', () => {
    const odd = tf.zeros<tf.Rank.R4>([1, 1, 2, 3]);
    expect(() => rotary(odd)).to.throw(ShapeError, "'x'");
    odd.dispose();
  });

  it('sinusoidal: sin in even channels, cos in odd ones, also for an odd width and an offset', () => {
    for (const [time, width, offset] of [
      [4, 6, 0],
      [3, 5, 10],
    ] as const) {
      const table = sinusoidal(time, width, offset);
      table.arraySync().forEach((row, t) =>
        row.forEach((value, i) => {
          const angle = (t + offset) / 10000 ** ((2 * Math.floor(i / 2)) / width);
          expect(value).to.be.closeTo(i % 2 === 0 ? Math.sin(angle) : Math.cos(angle), 1e-6);
        }),
      );
      table.dispose();
    }
    expect(() => sinusoidal(0, 4)).to.throw(ConfigError, "'time'");
  });

  it('learned: rows of one table, by position; past the context they refuse', () => {
    const positions = learnedPositions.init(5, 3, 1);
    tf.tidy(() => {
      const all = learnedPositions.apply(positions, 5).arraySync();
      expect(learnedPositions.apply(positions, 2, 3).arraySync()).to.deep.equal(all.slice(3));
      expect(() => learnedPositions.apply(positions, 3, 3)).to.throw(ConfigError, "'time'");
    });
    disposeTree({ table: positions.table });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { crossEntropy, crossEntropySum } from '../../src/train/loss';

/** The definition in float64: sum over counted rows of log(sum e^(x - max)) - (x[target] - max), and its gradient. */
function oracle(logits: ArrayLike<number>, targets: readonly number[], V: number) {
  let sum = 0;
  let count = 0;
  const gradient = new Float64Array(logits.length);
  targets.forEach((target, row) => {
    if (target === -1) return;
    count++;
    const x = Array.from({ length: V }, (_, i) => logits[row * V + i] as number);
    const max = Math.max(...x);
    const mass = x.reduce((total, value) => total + Math.exp(value - max), 0);
    sum += Math.log(mass) - ((x[target] as number) - max);
    x.forEach((value, i) => {
      gradient[row * V + i] = Math.exp(value - max) / mass - (i === target ? 1 : 0);
    });
  });
  return { sum, mean: sum / count, count, gradient };
}

function check(B: number, T: number, V: number, scale: number, targets: number[], seed: number): void {
  tf.tidy(() => {
    const logits = randomNormal<tf.Rank.R3>([B, T, V], 0, scale, seed);
    const ids = tf.tensor2d(targets, [B, T], 'int32');
    const expected = oracle(logits.dataSync(), targets, V);
    const { value, grad } = tf.valueAndGrad((x) => crossEntropy(x as tf.Tensor3D, ids))(logits);
    expect(value.dataSync()[0]).to.be.closeTo(expected.mean, 2e-6 * Math.max(1, Math.abs(expected.mean)));
    const got = grad.dataSync();
    expected.gradient.forEach((g, i) => expect(got[i]).to.be.closeTo(g / expected.count, 1e-6));
  });
}

describe('train/loss', () => {
  it('equals the float64 definition in value and gradient, for any targets and masks', () => {
    const row = fc.record({
      B: fc.integer({ min: 1, max: 3 }),
      T: fc.integer({ min: 1, max: 7 }),
      V: fc.integer({ min: 2, max: 13 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
      scale: fc.constantFrom(0.1, 1, 8),
    });
    const cases = row.chain((size) =>
      fc
        .array(fc.integer({ min: -1, max: size.V - 1 }), {
          minLength: size.B * size.T,
          maxLength: size.B * size.T,
        })
        .filter((targets) => targets.some((target) => target >= 0))
        .map((targets) => ({ ...size, targets })),
    );
    fc.assert(
      fc.property(cases, ({ B, T, V, scale, targets, seed }) => check(B, T, V, scale, targets, seed)),
      { seed: 5, numRuns: 60 },
    );
  });

  it('has the gradient that finite differences find', () => {
    const targets = [2, -1, 0, 4];
    const logits = Float64Array.from({ length: 20 }, (_, i) => Math.sin(3 * i));
    const slopes = logits.map((_, i) => {
      const moved = (by: number) => logits.map((x, j) => (j === i ? x + by : x));
      return (oracle(moved(1e-5), targets, 5).mean - oracle(moved(-1e-5), targets, 5).mean) / 2e-5;
    });
    const gradient = tf.tidy(() => {
      const ids = tf.tensor2d(targets, [2, 2], 'int32');
      return tf
        .grad((x) => crossEntropy(x as tf.Tensor3D, ids))(tf.tensor3d([...logits], [2, 2, 5]))
        .dataSync();
    });
    slopes.forEach((slope, i) => expect(gradient[i]).to.be.closeTo(slope, 1e-6));
  });

  it('stays finite and right for logits of 1e4 either way', () => {
    for (const seed of [1, 2]) check(2, 3, 5, 1e4, [0, 1, 2, 3, 4, -1], seed);
    tf.tidy(() => {
      const logits = tf.tensor3d([1e4, -1e4, 0, -1e4, -1e4, -1e4], [1, 2, 3]);
      const sum = crossEntropySum(logits, tf.tensor2d([1, 2], [1, 2], 'int32')).dataSync()[0];
      expect(sum).to.be.closeTo(2e4 + Math.log(3), 2e-3);
    });
  });

  it('is ln V when every logit is equal', () => {
    tf.tidy(() => {
      const loss = crossEntropy(tf.fill<tf.Rank.R3>([2, 3, 256], 7), tf.zeros<tf.Rank.R2>([2, 3], 'int32'));
      expect(loss.dataSync()[0]).to.be.closeTo(Math.log(256), 1e-6);
    });
  });

  it('sums to 0 with a zero gradient when nothing counts, and refuses a mean of nothing', () => {
    tf.tidy(() => {
      const logits = randomNormal<tf.Rank.R3>([1, 2, 3], 0, 1, 1);
      const ids = tf.tensor2d([-1, -1], [1, 2], 'int32');
      const { value, grad } = tf.valueAndGrad((x) => crossEntropySum(x as tf.Tensor3D, ids))(logits);
      expect(value.dataSync()[0]).to.equal(0);
      expect([...grad.dataSync()]).to.deep.equal([0, 0, 0, 0, 0, 0]);
      expect(() => crossEntropy(logits, ids)).to.throw(ConfigError, "crossEntropy: argument 'targets'");
    });
  });

  it('refuses ids outside the vocabulary and shapes that disagree', () => {
    tf.tidy(() => {
      const logits = tf.zeros<tf.Rank.R3>([1, 2, 3]);
      for (const bad of [3, -2])
        expect(() => crossEntropy(logits, tf.tensor2d([0, bad], [1, 2], 'int32'))).to.throw(
          ConfigError,
          `${bad}`,
        );
      expect(() => crossEntropy(logits, tf.zeros<tf.Rank.R2>([1, 3], 'int32'))).to.throw(
        ShapeError,
        'targets',
      );
    });
  });

  it('leaks no tensor, with or without its gradient', () => {
    const logits = randomNormal<tf.Rank.R3>([2, 3, 4], 0, 1, 1);
    const ids = tf.tensor2d([0, 1, 2, 3, -1, 0], [2, 3], 'int32');
    const before = tf.memory().numTensors;
    crossEntropy(logits, ids).dispose();
    crossEntropySum(logits, ids).dispose();
    tf.grad((x) => crossEntropy(x as tf.Tensor3D, ids))(logits).dispose();
    expect(tf.memory().numTensors).to.equal(before);
    tf.dispose([logits, ids]);
  });
});

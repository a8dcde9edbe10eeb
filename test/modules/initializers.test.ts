import { expect } from 'chai';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { headWidth } from '../../src/modules/heads';
import {
  constant,
  dense,
  glorotUniform,
  normal,
  torchLinear,
  torchUniform,
  uniform,
} from '../../src/modules/initializers';

/** Checks that the numbers fill [-limit, limit) evenly. */
function expectUniform(variable: tf.Variable, limit: number): void {
  const values = Array.from(variable.dataSync());
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(Math.max(...values.map(Math.abs)) / limit).to.be.within(0.97, 1);
  expect(Math.sqrt(3 * square) / limit).to.be.closeTo(1, 0.06);
  variable.dispose();
}

describe('initializers', () => {
  it('glorotUniform: matrix', () => expectUniform(glorotUniform([30, 50], 1), Math.sqrt(6 / 80)));
  it('glorotUniform: three axes are a kernel, as in Keras', () =>
    expectUniform(glorotUniform([4, 24, 16], 1), Math.sqrt(6 / (4 * 40))));
  it('dense: PyTorch, 1/sqrt(rows)', () => expectUniform(dense(25, 60, 1), 0.2));
  it('torchUniform: bias, 1/sqrt(fan in)', () => expectUniform(torchUniform([900], 16, 1), 0.25));
  it('torchLinear: weight and bias, 1/sqrt(rows)', () => {
    const { weight, bias } = torchLinear(16, 900, 1);
    expect([weight.shape, bias.shape]).to.deep.equal([[16, 900], [900]]);
    expectUniform(weight, 0.25);
    expectUniform(bias, 0.25);
  });
  it('uniform: as told', () => expectUniform(uniform([900], -0.05, 0.05, 1), 0.05));

  it('normal and constant', () => {
    const [n, c] = [normal([2000], 0.02, 1), constant([3], 1)];
    const square = Array.from(n.dataSync()).reduce((sum, value) => sum + value * value, 0) / 2000;
    expect(Math.sqrt(square)).to.be.closeTo(0.02, 0.001);
    expect([...c.dataSync()]).to.deep.equal([1, 1, 1]);
    tf.dispose([n, c]);
  });

  it('repeat under a seed, differ under another, and allocate one tensor each', () => {
    const before = tf.memory().numTensors;
    const [a, b, c] = [1, 1, 2].map((seed) => dense(5, 7, seed)) as [tf.Variable, tf.Variable, tf.Variable];
    expect(tf.memory().numTensors - before).to.equal(3);
    expect([...a.dataSync()]).to.deep.equal([...b.dataSync()]);
    expect([...a.dataSync()]).to.not.deep.equal([...c.dataSync()]);
    tf.dispose([a, b, c]);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('headWidth', () => {
  it('divides, or names what does not', () => {
    expect(headWidth('here', { width: 15, heads: 3 })).to.equal(5);
    expect(() => headWidth('here', { width: 15, heads: 4 })).to.throw(
      ConfigError,
      "here: argument 'heads' must be a divisor of width 15, got 4",
    );
    expect(() => headWidth('here', { width: 0, heads: 1 })).to.throw(ConfigError, "'width'");
  });
});

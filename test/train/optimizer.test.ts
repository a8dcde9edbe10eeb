import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError, FileError } from '../../src/core/errors';
import { Random } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import type { OptimizerConfig } from '../../src/train/optimizer';
import { clipScale, globalNorm, optimizer } from '../../src/train/optimizer';
import { listParameters, readValues } from '../../src/train/parameters';

/** The papers' algorithm in float64 throughout, one number at a time, sharing no code with ours. */
function oracle(
  start: number,
  gradients: number[],
  rates: number[],
  decay: number,
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
) {
  let [w, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    const t = i + 1;
    const lr = rates[i] as number;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g ** 2;
    const mHat = m / (1 - Math.pow(b1, t));
    const vHat = v / (1 - Math.pow(b2, t));
    w = w - lr * decay * w - (lr * mHat) / (Math.sqrt(vHat) + eps);
  });
  return w;
}

function parametersOf(values: { matrix: number[]; bias: number[] }) {
  const tree = tf.tidy(() => ({
    layer: { matrix: tf.variable(tf.tensor2d(values.matrix, [1, values.matrix.length])) },
    bias: tf.variable(tf.tensor1d(values.bias)),
  }));
  return { tree, list: listParameters(tree), dispose: () => tf.dispose([tree.layer.matrix, tree.bias]) };
}

describe('train/optimizer', () => {
  const random = new Random(4);
  const draw = (n: number, scale: number) =>
    Array.from({ length: n }, () => Math.fround(scale * random.normal()));

  for (const scale of [1e-6, 1, 1e4]) {
    it(`follows the float64 algorithm for 50 steps with gradients of size ${scale}`, () => {
      const configs: [OptimizerConfig, { matrix: number; bias: number }][] = [
        [{ name: 'adam' }, { matrix: 0, bias: 0 }],
        [
          { name: 'adamw', weightDecay: 0.1 },
          { matrix: 0.1, bias: 0 },
        ],
        [
          { name: 'adamw', weightDecay: 0.1, decays: 'all' },
          { matrix: 0.1, bias: 0.1 },
        ],
        [
          { name: 'adamw', decays: ['bias'] },
          { matrix: 0, bias: 0.01 },
        ],
      ];
      for (const [config, decay] of configs) {
        const start = { matrix: draw(5, 1), bias: draw(3, 1) };
        const { list, tree, dispose } = parametersOf(start);
        const adam = optimizer(config, list);
        const rates = Array.from({ length: 50 }, (_, i) => 1e-2 / Math.sqrt(i + 1));
        const steps = rates.map(() => ({ matrix: draw(5, scale), bias: draw(3, scale) }));
        steps.forEach((g, i) => {
          const gradients = list.map(({ path }) => Float32Array.from(path === 'bias' ? g.bias : g.matrix));
          adam.update(gradients, rates[i] as number);
        });
        for (const [name, variable] of [
          ['matrix', tree.layer.matrix],
          ['bias', tree.bias],
        ] as const) {
          [...variable.dataSync()].forEach((got, j) => {
            const gradients = steps.map((g) => g[name][j] as number);
            const expected = oracle(start[name][j] as number, gradients, rates, decay[name]);
            // 50 roundings to float32 of a number of about 1
            expect(got).to.be.closeTo(
              expected,
              2e-6 * Math.max(1, Math.abs(expected)),
              `${config.name} ${name}`,
            );
          });
        }
        dispose();
      }
    });
  }

  it('moves one step exactly by float32(w - lr m/(sqrt v + eps))', () => {
    const { list, tree, dispose } = parametersOf({ matrix: [0.5], bias: [-1] });
    optimizer({ name: 'adam', beta1: 0.5, beta2: 0.25, epsilon: 1e-3 }, list).update(
      [Float32Array.of(2), Float32Array.of(-0.5)],
      0.125,
    );
    // order of the list is by name: bias first
    expect(tree.bias.dataSync()[0]).to.equal(Math.fround(-1 - (0.125 * 2) / (2 + 1e-3)));
    expect(tree.layer.matrix.dataSync()[0]).to.equal(Math.fround(0.5 + (0.125 * 0.5) / (0.5 + 1e-3)));
    dispose();
  });

  it('agrees with the tensor library, whose Adam is written another way', () => {
    const start = { matrix: draw(6, 1), bias: draw(2, 1) };
    const [ours, theirs] = [parametersOf(start), parametersOf(start)];
    const adam = optimizer({ name: 'adam' }, ours.list);
    const reference = tf.train.adam(1e-2, 0.9, 0.999, 1e-8);
    for (let step = 0; step < 20; step++) {
      const gradients = ours.list.map(({ variable }) => Float32Array.from(draw(variable.size, 1)));
      adam.update(gradients, 1e-2);
      tf.tidy(() => {
        const named = theirs.list.map(({ variable }, i) => ({
          name: variable.name,
          tensor: tf.tensor(gradients[i] as Float32Array, variable.shape),
        }));
        reference.applyGradients(named);
      });
    }
    ours.list.forEach(({ variable }, i) => {
      const other = (theirs.list[i] as (typeof theirs.list)[number]).variable.dataSync();
      variable.dataSync().forEach((value, j) => expect(value).to.be.closeTo(other[j] as number, 1e-5));
    });
    reference.dispose();
    ours.dispose();
    theirs.dispose();
  });

  it('says which parameters decay', () => {
    const { list, dispose } = parametersOf({ matrix: [1], bias: [1] });
    expect(optimizer({ name: 'adam' }, list).decaying).to.deep.equal([]);
    expect(optimizer({ name: 'adamw' }, list).decaying).to.deep.equal(['layer.matrix']);
    expect(optimizer({ name: 'adamw', decays: 'all' }, list).decaying).to.deep.equal([
      'bias',
      'layer.matrix',
    ]);
    expect(optimizer({ name: 'adamw', decays: ['layer'] }, list).decaying).to.deep.equal(['layer.matrix']);
    expect(() => optimizer({ name: 'adamw', decays: ['lay'] }, list)).to.throw(ConfigError, "'lay'");
    dispose();
  });

  it('scales gradients before anything else, so clipping equals shorter gradients', () => {
    const [a, b] = [parametersOf({ matrix: [1, 2], bias: [3] }), parametersOf({ matrix: [1, 2], bias: [3] })];
    const [first, second] = [optimizer({ name: 'adam' }, a.list), optimizer({ name: 'adam' }, b.list)];
    for (let step = 0; step < 3; step++) {
      first.update([Float32Array.of(4), Float32Array.of(-2, step)], 0.1, 0.25);
      second.update([Float32Array.of(1), Float32Array.of(-0.5, step / 4)], 0.1);
    }
    a.list.forEach(({ variable }, i) => {
      expect(readValues(variable)).to.deep.equal(readValues((b.list[i] as (typeof b.list)[number]).variable));
    });
    a.dispose();
    b.dispose();
  });

  it('continues from a saved state to the bit, and refuses one of another size', () => {
    const run = (cut: number) => {
      const { list, dispose } = parametersOf({ matrix: [1, -1], bias: [0.5] });
      const numbers = new Random(8);
      let adam = optimizer({ name: 'adamw' }, list);
      for (let step = 0; step < 10; step++) {
        if (step === cut) {
          const { state } = adam;
          adam = optimizer({ name: 'adamw' }, list);
          adam.restore(state);
        }
        adam.update(
          [Float32Array.of(numbers.normal()), Float32Array.of(numbers.normal(), numbers.normal())],
          0.01,
        );
      }
      const result = list.map(({ variable }) => readValues(variable));
      expect(() =>
        adam.restore({ steps: 1, first: new Float32Array(2), second: new Float32Array(3) }),
      ).to.throw(FileError, 'optimizer: a saved state for 3 numbers');
      dispose();
      return result;
    };
    expect(run(5)).to.deep.equal(run(-1));
  });

  it('leaks no tensor', () => {
    const { list, dispose } = parametersOf({ matrix: [1, -1], bias: [0.5] });
    const adam = optimizer({ name: 'adam' }, list);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) adam.update([Float32Array.of(1), Float32Array.of(1, 1)], 0.01);
    expect(tf.memory().numTensors).to.equal(before);
    dispose();
  });

  it('refuses settings out of range', () => {
    for (const [config, argument] of [
      [{ name: 'adam', beta1: 1 }, 'beta1'],
      [{ name: 'adam', beta2: -0.1 }, 'beta2'],
      [{ name: 'adam', epsilon: 0 }, 'epsilon'],
      [{ name: 'adamw', weightDecay: -1 }, 'weightDecay'],
    ] as [OptimizerConfig, string][])
      expect(() => optimizer(config, [])).to.throw(ConfigError, `optimizer: argument '${argument}'`);
  });
});

describe('train/optimizer clipping', () => {
  it('globalNorm is the length of all gradients as one vector', () => {
    expect(globalNorm([Float32Array.of(3), Float32Array.of(0, -4), new Float32Array(0)])).to.equal(5);
  });

  it('shortens a gradient that is too long to exactly the limit and leaves a shorter one alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (values, limit) => {
          const norm = globalNorm([Float32Array.from(values)]);
          const scale = clipScale(norm, limit);
          if (norm <= limit) expect(scale).to.equal(1);
          else expect(norm * scale).to.be.closeTo(limit, 1e-12 * limit);
        },
      ),
      { seed: 3 },
    );
    expect(clipScale(1e9, undefined)).to.equal(1);
  });
});

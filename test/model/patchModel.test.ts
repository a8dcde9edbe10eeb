import { expect } from 'chai';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { Random, randomNormal, splitSeed } from '../../src/core/random';
import type { BT } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { countParameters, leaves } from '../../src/core/tree';
import { noiseFloor, patchModel } from '../../src/model/patchModel';
import type { PatchModel, PatchModelConfig } from '../../src/model/patchModel';
import { crossEntropy } from '../../src/train/loss';
import { patchOracle } from './patchOracle';

const forms: PatchModelConfig[] = (['1.0', '1.1'] as const).flatMap((version) =>
  (['asPublished', 'shifted'] as const).map((form) => ({ version, form })),
);

const bytesOf = (seed: number, B: number, T: number): BT => {
  const random = new Random(seed);
  return tf.tensor2d(
    Array.from({ length: B * T }, () => random.integer(0, 255)),
    [B, T],
    'int32',
  );
};

/** Parameters away from their initial values: layer norms that do nothing would hide mistakes. */
function moved(config: PatchModelConfig, seed: number): PatchModel {
  const model = patchModel(config, seed);
  for (const [path, variable] of leaves<tf.Variable>(model.parameters))
    tf.tidy(() =>
      variable.assign(tf.add(variable, randomNormal(variable.shape, 0, 0.2, splitSeed(seed, path)))),
    );
  return model;
}

/** The first position whose logits differ between two inputs, or T. */
function firstMoved(model: PatchModel, before: BT, after: BT): number {
  const [a, b] = [before, after].map((ids) => {
    const logits = model.apply(ids);
    const values = logits.dataSync();
    logits.dispose();
    return values;
  });
  const index = a!.findIndex((value, i) => value !== b![i]);
  return index < 0 ? before.shape[1] : Math.floor((index % (before.shape[1] * 256)) / 256);
}

describe('QLLK patch models', () => {
  it('have exactly as many parameters as the published ones', () => {
    const counts = forms.map((config) => {
      const model = patchModel(config, 1);
      const count = model.parameterCount;
      expect(count).to.equal(countParameters(model.parameters));
      model.dispose();
      return count;
    });
    expect(counts).to.deep.equal([2_765_824, 2_765_824, 4_404_992, 4_404_992]);
  });

  for (const config of forms) {
    const title = `v${config.version} ${config.form}`;
    const small = { ...config, width: 5, layers: 2, patch: 3 };

    it(`${title}: equals plain float64 loops`, () => {
      const model = moved(small, 3);
      const ids = bytesOf(1, 2, 12);
      const logits = model.apply(ids);
      expect(logits.shape).to.deep.equal([2, 12, 256]);
      const expected = patchOracle(model, ids.arraySync()).flat(2);
      logits.dataSync().forEach((value, i) => {
        expect(value).to.be.closeTo(expected[i]!, 2e-5 * Math.max(1, Math.abs(expected[i]!)));
      });
      tf.dispose([ids, logits]);
      model.dispose();
    });

    it(`${title}: has right gradients for every parameter`, () => {
      const model = moved(small, 4);
      const ids = bytesOf(2, 2, 6);
      const targets = bytesOf(3, 2, 6);
      const variables = leaves<tf.Variable>(model.parameters);
      const { grads } = tf.tidy(() =>
        tf.variableGrads(
          () => crossEntropy(model.apply(ids), targets),
          variables.map(([, variable]) => variable),
        ),
      );
      // the loss in float64, from the loops, with a parameter moved along a random direction
      const answers = targets.arraySync();
      const loss = (): number => {
        let sum = 0;
        patchOracle(model, ids.arraySync()).forEach((rows, b) =>
          rows.forEach((row, t) => {
            const top = Math.max(...row);
            sum += top + Math.log(row.reduce((s, x) => s + Math.exp(x - top), 0)) - row[answers[b]![t]!]!;
          }),
        );
        return sum / 12;
      };
      for (const [path, variable] of variables) {
        const gradient = grads[variable.name]!;
        const direction = randomNormal(variable.shape, 0, 1, splitSeed(5, path));
        const start = variable.clone();
        const step = 2e-3;
        const at = (side: number): number => {
          tf.tidy(() => variable.assign(tf.add(start, tf.mul(direction, side * step))));
          return loss();
        };
        const slope = (at(1) - at(-1)) / (2 * step);
        variable.assign(start);
        const got = tf.tidy(() => tf.sum(tf.mul(gradient, direction)).dataSync()[0]!);
        expect(Math.abs(got - slope), path).to.be.below(2e-3 * Math.max(0.05, Math.abs(slope)));
        tf.dispose([direction, start]);
      }
      tf.dispose([ids, targets, ...Object.values(grads)]);
      model.dispose();
    });

    it(`${title}: ${config.form === 'shifted' ? 'is causal' : 'leaks: a patch sees its own targets'}`, () => {
      const model = moved({ ...config, width: 16, layers: 2 }, 5);
      const random = new Random(6);
      for (const position of [27, ...Array.from({ length: 20 }, () => random.integer(0, 39))]) {
        const before = bytesOf(random.integer(0, 1e6), 1, 40);
        const values = before.arraySync();
        values[0]![position] = (values[0]![position]! + random.integer(1, 255)) % 256;
        const after: BT = tf.tensor2d(values, [1, 40], 'int32');
        const patch = 8 * Math.floor(position / 8);
        const expected = config.form === 'shifted' ? Math.min(40, patch + 8) : patch;
        expect(firstMoved(model, before, after), `edit at ${position}`).to.equal(expected);
        tf.dispose([before, after]);
      }
      model.dispose();
    });
  }

  it('start like PyTorch: a v1.0 on noise is over-confident, a v1.1 is not', () => {
    for (const [version, expected] of [
      ['1.0', 5.714],
      ['1.1', 5.56],
    ] as const) {
      const model = patchModel({ version, form: 'asPublished' }, 1);
      const [ids, targets] = [bytesOf(1, 2, 512), bytesOf(2, 2, 512)];
      const loss = tf.tidy(() => crossEntropy(model.apply(ids), targets).dataSync()[0]!);
      expect(loss, version).to.be.closeTo(expected, 0.03); // measured on the published code; seeds and batches differ
      tf.dispose([ids, targets]);
      model.dispose();
    }
  });

  it('knows how far each form can get below ln 256 on noise', () => {
    const random = new Random(9);
    let entropy = 0; // of a byte drawn from a random patch, by experiment
    const patches = 20_000;
    for (let n = 0; n < patches; n++) {
      const counts = new Map<number, number>();
      for (let i = 0; i < 8; i++) {
        const byte = random.integer(0, 255);
        counts.set(byte, (counts.get(byte) ?? 0) + 1);
      }
      for (const count of counts.values()) entropy += (count / 8) * Math.log(8 / count);
    }
    const multiset = (7 * (entropy / patches) + Math.log(256)) / 8;
    const floor = (version: '1.0' | '1.1', form: 'asPublished' | 'shifted') => noiseFloor({ version, form });
    expect(floor('1.0', 'asPublished')).to.be.closeTo(multiset, 1e-3);
    expect(floor('1.0', 'asPublished')).to.be.below((7 * Math.log(8) + Math.log(256)) / 8);
    expect(floor('1.1', 'asPublished')).to.be.closeTo(Math.log(256) / 8, 1e-12);
    expect(floor('1.0', 'shifted')).to.equal(Math.log(256));
    expect(floor('1.1', 'shifted')).to.equal(Math.log(256));
  });

  it('refuse lengths and settings they cannot have, and leave no tensors behind', () => {
    const start = tf.memory().numTensors;
    const model = patchModel({ version: '1.0', form: 'shifted', width: 4, layers: 1 }, 1);
    const ids = bytesOf(1, 1, 12);
    expect(() => model.apply(ids)).to.throw(ShapeError, 'T a multiple of 8, got [1, 12]');
    const fine = bytesOf(1, 1, 16);
    const before = tf.memory().numTensors;
    model.apply(fine).dispose();
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
    tf.dispose([ids, fine]);
    expect(tf.memory().numTensors).to.equal(start);
    const make = (change: object) => () => patchModel({ version: '1.0', form: 'shifted', ...change }, 1);
    expect(make({ version: '2' })).to.throw(ConfigError, "'version' must be '1.0' or '1.1', got '2'");
    expect(make({ form: 'fixed' })).to.throw(ConfigError, "'form'");
    expect(make({ patch: 0 })).to.throw(ConfigError, "'patch'");
    expect(tf.memory().numTensors).to.equal(start);
  });
});

import { expect } from 'chai';
import { elita } from '../../src/attention/elita';
import { elitaAddedDiagonal } from '../../src/attention/elitaAddedDiagonal';
import { elitaAsPublished } from '../../src/attention/elitaAsPublished';
import type { ElitaConfig, ElitaInputs } from '../../src/attention/elitaParts';
import { attentionMap, maxDifference, runRecurrent, sampleInputs } from '../../src/attention/forms';
import type { AnyAttention } from '../../src/attention/variant';
import { qllk } from '../../src/attention/qllk';
import { ConfigError } from '../../src/core/errors';
import { Random, randomNormal } from '../../src/core/random';
import type { BTD } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { disposeTree, leaves } from '../../src/core/tree';

const config: ElitaConfig = { width: 24, heads: 4, positionWidth: 5, horizon: 64 };
const sizes = { batch: 2, time: 50, seed: 3 };

/** Logits drawn by `draw`, values normal. */
function inputsOf(
  draw: () => number,
  [B, H, T, V]: [number, number, number, number] = [2, 3, 40, 5],
): ElitaInputs {
  const logits = () => tf.tensor3d(Array.from({ length: B * H * T }, draw), [B, H, T]);
  return {
    v: randomNormal<tf.Rank.R4>([B, H, T, V], 0, 1, 9),
    column: logits(),
    row: logits(),
    self: logits(),
  };
}

/** The published ratio in float64, with every row shifted by its own maximum. */
function oracle({ v, column, row, self }: ElitaInputs): Float64Array {
  const [B, H, T, V] = v.shape;
  const [x, l, r, d] = [v, column, row, self].map((tensor) => Float64Array.from(tensor.dataSync()));
  const out = new Float64Array(B * H * T * V);
  for (let g = 0; g < B * H; g++)
    for (let i = 0; i < T; i++) {
      let top = d![g * T + i]!;
      for (let j = 0; j <= i; j++) top = Math.max(top, l![g * T + j]! + r![g * T + i]!);
      let denominator = Math.exp(d![g * T + i]! - top);
      for (let c = 0; c < V; c++) out[(g * T + i) * V + c] = denominator * x![(g * T + i) * V + c]!;
      for (let j = 0; j <= i; j++) {
        const weight = Math.exp(l![g * T + j]! + r![g * T + i]! - top);
        denominator += weight;
        for (let c = 0; c < V; c++) out[(g * T + i) * V + c]! += weight * x![(g * T + j) * V + c]!;
      }
      for (let c = 0; c < V; c++) out[(g * T + i) * V + c]! /= denominator;
    }
  return out;
}

const worst = (actual: tf.Tensor, expected: Float64Array): number =>
  actual.dataSync<'float32'>().reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);

/** Largest difference, relative to the largest output. */
const apart = (a: tf.Tensor, b: tf.Tensor): number =>
  maxDifference(a, b) / b.dataSync<'float32'>().reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const forms = (inputs: ElitaInputs): [string, tf.Tensor][] => [
  ['parallel', elita.parallel(inputs)],
  ['recurrent', runRecurrent(elita, inputs).o],
  ...[1, 7, 16, 64].map((chunk): [string, tf.Tensor] => [`chunk ${chunk}`, elita.chunkwise!(inputs, chunk)]),
];

describe('ELiTA', () => {
  it('the gate form is the published ratio while no logit leaves ±20', () => {
    tf.tidy(() => {
      const inputs = sampleInputs(elita, config, sizes);
      expect(maxDifference(elita.parallel(inputs), elitaAsPublished.parallel(inputs))).to.be.below(1e-6);
      const same = maxDifference(elita.chunkwise!(inputs, 16), elitaAsPublished.chunkwise!(inputs, 16));
      expect(same).to.be.below(1e-6);
      const random = new Random(4);
      const small = inputsOf(() => 0.5 * random.normal());
      for (const [title, o] of forms(small))
        expect(apart(o, elitaAsPublished.parallel(small)), title).to.be.below(1e-6);
      // up to the clip the two still agree, but a log mass of about 20 has a rounding error of 1e-6 of its own
      const wide = inputsOf(() => -20 + 40 * random.uniform());
      for (const [title, o] of forms(wide))
        expect(apart(o, elitaAsPublished.parallel(wide)), title).to.be.below(1e-5);
    });
  });

  it('every form is right for logits of ±10,000', () => {
    tf.tidy(() => {
      // whole numbers: float32 holds every sum of two exactly, so what is left is the rounding of the forms
      const random = new Random(5);
      const spread = inputsOf(() => random.integer(-10_000, 10_000));
      for (const [title, o] of forms(spread)) expect(worst(o, oracle(spread)), title).to.be.below(1e-5);
      const level = inputsOf(() => 0, [1, 1, 40, 3]);
      const falling = {
        ...level,
        column: tf.tensor3d(
          Array.from({ length: 40 }, (_, i) => -250 * i),
          [1, 1, 40],
        ),
      };
      for (const [title, o] of forms(falling)) expect(worst(o, oracle(falling)), title).to.be.below(1e-5);
      // ties at the top: a log mass near 10,000 is a float32 with a step of 2^-10, whatever the algorithm
      const tied = inputsOf(() => (random.uniform() < 0.5 ? -10_000 : 10_000));
      for (const [title, o] of forms(tied)) expect(worst(o, oracle(tied)), title).to.be.below(4 * 2 ** -10);
    });
  });

  it('has finite gradients for logits of ±10,000', () => {
    tf.tidy(() => {
      const random = new Random(6);
      const { v, column, row, self } = inputsOf(() => random.integer(-10_000, 10_000));
      for (const mix of [elita.parallel, (inputs: ElitaInputs) => elita.chunkwise!(inputs, 16)]) {
        const gradients = tf.grads((...args: tf.Tensor[]) => {
          const [w, l, r, d] = args as [typeof v, typeof column, typeof column, typeof column];
          return tf.sum(tf.square(mix({ v: w, column: l, row: r, self: d })));
        })([v, column, row, self]);
        for (const gradient of gradients) expect(gradient.dataSync().every(Number.isFinite)).to.equal(true);
      }
    });
  });

  it('as published clips at ±20: the weights stop there, and so do the gradients', () => {
    tf.tidy(() => {
      const random = new Random(7);
      const inputs = inputsOf(() => 15 * random.normal(), [1, 2, 20, 3]);
      const clip = (x: tf.Tensor3D): tf.Tensor3D =>
        tf.tensor3d(
          x.dataSync().map((value) => Math.min(20, Math.max(-20, value))),
          x.shape,
        );
      const clipped = {
        ...inputs,
        column: clip(inputs.column),
        row: clip(inputs.row),
        self: clip(inputs.self),
      };
      expect(worst(elitaAsPublished.parallel(inputs), oracle(clipped))).to.be.below(1e-5);
      expect(worst(elitaAsPublished.parallel(inputs), oracle(inputs))).to.be.above(0.1);
      const gradients = tf.grads((column, row, self) =>
        tf.sum(tf.square(elitaAsPublished.parallel({ v: inputs.v, column, row, self } as ElitaInputs))),
      )([inputs.column, inputs.row, inputs.self]);
      let inside = 0;
      [inputs.column, inputs.row, inputs.self].forEach((logits, which) => {
        const gradient = gradients[which]!.dataSync();
        logits.dataSync().forEach((value, i) => {
          if (Math.abs(value) > 20) expect(gradient[i]).to.equal(0);
          else inside += Math.abs(gradient[i]!);
        });
      });
      expect(inside).to.be.above(0.1);
    });
  });

  it('the row logit only moves weight between a token and its prefix', () => {
    tf.tidy(() => {
      const inputs = sampleInputs(elita, config, { ...sizes, time: 9 });
      const prefixOf = (row: tf.Tensor3D) => {
        const map = attentionMap(elita, { ...inputs, row }).arraySync();
        // the last row without its diagonal, normalised: the shape of the history
        const last = map[0]![0]![8]!.slice(0, 8);
        const total = last.reduce((sum, weight) => sum + weight, 0);
        return { shape: last.map((weight) => weight / total), self: map[0]![0]![8]![8]! };
      };
      const [before, after] = [prefixOf(inputs.row), prefixOf(tf.add(inputs.row, 2))];
      before.shape.forEach((weight, j) => expect(after.shape[j]).to.be.closeTo(weight, 1e-6));
      expect(after.self).to.be.below(before.self);
    });
  });

  it('rows of its map sum to one', () => {
    const variants: AnyAttention[] = [elita, elitaAsPublished, elitaAddedDiagonal];
    for (const variant of variants) {
      tf.tidy(() => {
        const sums = tf.sum(attentionMap(variant, sampleInputs(variant, config, sizes)), 3).dataSync();
        for (const sum of sums) expect(sum, variant.meta.name).to.be.closeTo(1, 1e-6);
      });
    }
  });

  it('starts as published: U(-0.05, 0.05) logits, Glorot with the heads in both fans', () => {
    const big: ElitaConfig = { width: 96, heads: 6, valueWidth: 10, positionWidth: 64, horizon: 128 };
    const params = elita.init(big, 1);
    const limits: Record<string, number> = {
      value: Math.sqrt(6 / (6 * (96 + 10))),
      out: Math.sqrt(6 / (6 * (96 + 10))),
    };
    const shapes: Record<string, number[]> = {
      column: [96, 6],
      self: [96, 6],
      row: [96, 6],
      value: [96, 60],
      out: [60, 96],
    };
    for (const [path, variable] of leaves<tf.Variable>(params)) {
      const limit = limits[path] ?? 0.05;
      const values = variable.dataSync<'float32'>();
      expect(variable.shape, path).to.deep.equal(shapes[path] ?? [6, 64]);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest, path)
        .to.be.below(limit * 1.000001)
        .and.above(0.97 * limit);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean), path).to.be.below((4 * limit) / Math.sqrt(3 * values.length));
      // a uniform distribution has variance limit² / 3
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect(variance / (limit ** 2 / 3), path).to.be.closeTo(1, 0.2);
    }
    disposeTree(params);
  });

  it('without the query term the row logit is the position basis alone, and there is no k3', () => {
    const plain: ElitaConfig = { ...config, rowTerm: 'position' };
    const params = elita.init(plain, 1);
    expect(Object.keys(params)).to.not.include('row');
    tf.tidy(() => {
      const [a, b] = [1, 2].map((seed) => {
        const x: BTD = randomNormal<tf.Rank.R3>([2, 6, 24], 0, 1, seed);
        return elita.project(params, x, plain);
      }) as [ElitaInputs, ElitaInputs];
      expect(maxDifference(a.row, b.row)).to.equal(0);
      expect(maxDifference(a.column, b.column)).to.be.above(0.01);
    });
    disposeTree(params);
  });

  it('places a later piece of a text by its offset', () => {
    const params = elita.init(config, 1);
    tf.tidy(() => {
      const x: BTD = randomNormal<tf.Rank.R3>([1, 12, 24], 0, 1, 1);
      const whole = elita.project(params, x, config);
      const piece = elita.project(params, tf.slice(x, [0, 5, 0], [1, 4, 24]), config, 5);
      for (const name of ['column', 'row'] as const) {
        expect(maxDifference(piece[name], tf.slice(whole[name], [0, 0, 5], [1, 4, 4]))).to.be.below(1e-6);
        const misplaced = elita.project(params, tf.slice(x, [0, 5, 0], [1, 4, 24]), config);
        expect(maxDifference(misplaced[name], piece[name])).to.be.above(1e-5);
      }
    });
    disposeTree(params);
  });

  it('names a bad setting', () => {
    const bad =
      (change: object): (() => unknown) =>
      () =>
        elita.init({ ...config, ...change }, 1);
    expect(bad({ horizon: 0 })).to.throw(
      ConfigError,
      "elita: argument 'horizon' must be an integer >= 1, got 0",
    );
    expect(bad({ span: -1 })).to.throw(ConfigError, "'span'");
    expect(bad({ valueWidth: 1.5 })).to.throw(ConfigError, "'valueWidth'");
    expect(bad({ positionWidth: 0 })).to.throw(ConfigError, "'positionWidth'");
    expect(bad({ rowTerm: 'query' })).to.throw(ConfigError, "'positionAndQuery' or 'position', got 'query'");
  });
});

describe('QLLK', () => {
  it('does not see the order of past tokens', () => {
    tf.tidy(() => {
      const inputs = sampleInputs(qllk, { width: 6, heads: 1 }, { batch: 1, time: 8, seed: 1 });
      const swap = tf.tensor1d([3, 1, 0, 2, 4, 5, 6, 7], 'int32');
      const mixed = { ...inputs, k: tf.gather(inputs.k, swap, 2), v: tf.gather(inputs.v, swap, 2) };
      const tail = (o: tf.Tensor4D) => tf.slice(o, [0, 0, 3, 0], [-1, -1, 5, -1]);
      expect(maxDifference(tail(qllk.parallel(inputs)), tail(qllk.parallel(mixed)))).to.be.below(1e-6);
    });
  });

  it('starts as PyTorch does: weights and biases uniform in ±1/sqrt(D), in both layouts', () => {
    for (const [version, parts] of [
      ['1.0', ['gate', 'k', 'q', 'v']],
      ['1.1', ['gate', 'qkv']],
    ] as const) {
      const params = qllk.init({ width: 49, heads: 1, version }, 1);
      expect(Object.keys(params).sort()).to.deep.equal([...parts]);
      let count = 0;
      for (const [path, variable] of leaves<tf.Variable>(params)) {
        const largest = variable
          .dataSync<'float32'>()
          .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(largest, path)
          .to.be.below(1 / 7 + 1e-7)
          .and.above(0.9 / 7);
        count += variable.size;
      }
      expect(count).to.equal(4 * (49 * 49 + 49));
      disposeTree(params);
    }
    const unknown = { width: 4, heads: 1, version: '2.0' } as unknown as { width: number; heads: number };
    expect(() => qllk.init(unknown, 1)).to.throw(ConfigError, "'1.0' or '1.1', got '2.0'");
  });
});

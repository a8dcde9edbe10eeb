import { expect } from 'chai';
import { attentions } from '../../src/attention';
import { sliceTime } from '../../src/attention/forms';
import type { Params, State } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { randomNormal, splitSeed } from '../../src/core/random';
import type { BTD } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { countParameters, disposeTree, leaves } from '../../src/core/tree';
import { rows } from './rows';
import type { AnyRow } from './rows/row';
import { relativeError } from './support/reference';
import { allForms, layer, sampleParams, sampleX } from './support/samples';
import { fivePointSlope, roundingNoise, slopeError } from './support/slope';

/** x with every number of tokens `from` and later replaced. */
function edited(x: BTD, from: number, seed: number): BTD {
  const [B, T, D] = x.shape;
  const later: BTD = randomNormal([B, T - from, D], 0, 1, seed);
  return tf.concat([tf.slice(x, [0, 0, 0], [B, from, D]), later], 1);
}

/** Whether every form's output from token `from` on feels that tokens from there on changed. */
function feelsTheEdit(row: AnyRow, params: Params, from: number, seed: number, chunk: number): boolean {
  return tf.tidy(() => {
    const x = sampleX(row, 2, 11, seed);
    const changed = edited(x, from, splitSeed(seed, 'edit'));
    return allForms(row, [chunk]).every(({ run }) => {
      const [before, after] = [x, changed].map((input) =>
        tf.slice(layer(row, params, input, run), [0, from, 0], [-1, -1, -1]),
      ) as [BTD, BTD];
      return tf.all(tf.notEqual(before, after)).dataSync()[0] === 1;
    });
  });
}

/** Whether outputs before `from` keep every bit when tokens from there on change. */
function keepsThePast(row: AnyRow, params: Params, from: number, seed: number, chunk: number): boolean {
  return tf.tidy(() => {
    const time = 11;
    const x = sampleX(row, 2, time, seed);
    const changed = edited(x, from, splitSeed(seed, 'edit'));
    return allForms(row, [chunk]).every(({ run }) => {
      const [before, after] = [x, changed].map((input) =>
        tf.slice(layer(row, params, input, run), [0, 0, 0], [-1, from, -1]).dataSync(),
      ) as [Float32Array, Float32Array];
      return before.every((value, i) => value === after[i]);
    });
  });
}

/** The numbers of weights * layer(x). Whoever adds them up in float64 leaves a finite difference its digits. */
function lossTerms(row: AnyRow, params: Params, x: BTD, weights: Float32Array): Float64Array {
  const y = tf.tidy(() => layer(row, params, tf.add(x, 0)).dataSync<'float32'>());
  return Float64Array.from(y, (value, i) => value * (weights[i] as number));
}

/** {@link slopeError} along a random direction, for every parameter and for x. */
function gradientErrors(row: AnyRow, seed: number): Map<string, number> {
  const params = sampleParams(row, seed);
  const start = sampleX(row, 2, 5, seed);
  const x = tf.variable(start);
  const variables = [...leaves<tf.Variable>(params), ['x', x] as [string, tf.Variable]];
  const weights = randomNormal([2, 5, row.config.width], 0, 1, splitSeed(seed, 'weights'));
  const { grads, value } = tf.variableGrads(
    () => tf.tidy(() => tf.sum(tf.mul(layer(row, params, tf.add(x, 0)), weights))),
    variables.map(([, variable]) => variable),
  );
  const errors = variables.map(([path, variable]): [string, number] => {
    const gradient = grads[variable.name] as tf.Tensor;
    expect(gradient.shape, path).to.deep.equal(variable.shape);
    const direction = randomNormal(variable.shape, 0, 1, splitSeed(seed, path));
    const slope = tf.tidy(() => tf.sum(tf.mul(gradient, direction)).dataSync()[0] as number);
    const kept = variable.clone();
    const termsAt = (step: number): Float64Array => {
      tf.tidy(() => variable.assign(tf.add(kept, tf.mul(direction, step))));
      return lossTerms(row, params, x, weights.dataSync<'float32'>());
    };
    const expected = {
      value: fivePointSlope((step) => termsAt(step).reduce((sum, term) => sum + term, 0)),
      noise: roundingNoise(termsAt(0)),
    };
    variable.assign(kept);
    tf.dispose([direction, kept]);
    return [path, slopeError(slope, expected, 1e-3)];
  });
  tf.dispose([x, start, weights, value, grads]);
  disposeTree(params);
  return new Map(errors);
}

/**
 * Variants with an ELU: its second derivative jumps at 0, and a step of float32's size across the jump spoils a
 * difference quotient by more than the tolerance. That spoils a sample now and then, and a wrong gradient spoils them
 * all, so of three samples the middle one decides. Everything else is smooth, and there the worst one decides.
 */
const bent: ReadonlySet<string> = new Set(
  [attentions.linear, attentions.linearAsPublished].map(({ meta }) => meta.name),
);

for (const row of rows) {
  const { variant, config } = row;

  describe(`attention layer: ${row.title}`, () => {
    it(
      variant.meta.causal
        ? 'changes no output before an edited token'
        : 'leaks: an edit changes earlier outputs',
      () => {
        const params = sampleParams(row, 3);
        for (const [from, chunk] of [
          [1, 3],
          [5, 4],
          [8, 4],
          [10, 11],
        ] as const) {
          expect(keepsThePast(row, params, from, from, chunk), `edit from token ${from}`).to.equal(
            variant.meta.causal,
          );
        }
        disposeTree(params);
      },
    );

    it('has right gradients for every parameter and for x', () => {
      const samples = [4, 5, 6].map((seed) => gradientErrors(row, seed));
      for (const path of samples[0]?.keys() ?? []) {
        const errors = samples.map((sample) => sample.get(path) as number).sort((a, b) => a - b);
        const decides = bent.has(row.variant.meta.name) ? errors[1] : errors[2];
        expect(decides, path).to.be.below(1);
      }
    });

    it('trains every parameter: no gradient is all zero', () => {
      const params = sampleParams(row, 5);
      const x = sampleX(row, 2, 6, 5);
      const { grads } = tf.tidy(() =>
        tf.variableGrads(
          () => tf.sum(tf.square(layer(row, params, x))),
          leaves<tf.Variable>(params).map(([, v]) => v),
        ),
      );
      for (const [path, variable] of leaves<tf.Variable>(params))
        expect(Math.max(...(grads[variable.name] as tf.Tensor).abs().dataSync()), path).to.be.above(1e-6);
      tf.dispose([x, grads]);
      expect(feelsTheEdit(row, params, 5, 5, 4), 'the edit is felt at all').to.be.true;
      disposeTree(params);
    });

    it('starts the same under a seed, otherwise differently, and allocates its parameters only', () => {
      const before = tf.memory().numTensors;
      const [a, b, c] = [7, 7, 8].map((seed) => variant.init(config, seed) as Params) as [
        Params,
        Params,
        Params,
      ];
      expect(tf.memory().numTensors - before).to.equal(3 * leaves(a).length);
      const values = (params: Params): number[][] =>
        leaves<tf.Variable>(params).map(([, v]) => [...v.dataSync()]);
      expect(values(a)).to.deep.equal(values(b));
      expect(values(a)).to.not.deep.equal(values(c));
      expect(values(a).flat().every(Number.isFinite)).to.be.true;
      expect(countParameters(a)).to.be.above(0);
      [a, b, c].forEach(disposeTree);
      expect(tf.memory().numTensors - before).to.equal(0);
    });

    it('rejects a bad config by the name of the setting', () => {
      for (const [name, value] of [
        ['width', 0],
        ['width', 1.5],
        ['heads', 0],
        ['heads', 1.5],
      ] as const) {
        expect(() => variant.init({ ...config, [name]: value }, 1)).to.throw(ConfigError, `'${name}'`);
      }
    });

    const { recurrent } = variant;
    if (!recurrent) {
      it('says why it cannot decode token by token', () => {
        expect(variant.meta.absent?.recurrent).to.be.a('string').with.length.above(20);
      });
      return;
    }

    it('decodes token by token what it computes at once, in a state of exactly stateSize floats', () => {
      const params = sampleParams(row, 6);
      tf.tidy(() => {
        const [B, T] = [2, 9];
        const x = sampleX(row, B, T, 6);
        const whole = layer(row, params, x);
        let state: State | undefined;
        for (let t = 0; t < T; t++) {
          const token: BTD = tf.slice(x, [0, t, 0], [-1, 1, -1]);
          const inputs = variant.project(params, token, config, t);
          const [next, o] = recurrent.step(state ?? recurrent.initialState(inputs), inputs);
          state = next as State;
          const y = variant.output(params, o, token, config);
          const expected = tf.slice(whole, [0, t, 0], [-1, 1, -1]).dataSync();
          expect(relativeError(y.dataSync(), expected), `token ${t}`).to.be.below(row.tolerance);
          const floats = Object.values(state).reduce((sum, tensor) => sum + tensor.size, 0) / B;
          expect(floats, `floats after token ${t}`).to.equal(variant.stateSize(config, t + 1));
        }
      });
      disposeTree(params);
    });

    it('hands over its state between any two pieces of a sequence', () => {
      const params = sampleParams(row, 7);
      tf.tidy(() => {
        const inputs = variant.project(params, sampleX(row, 1, 6, 7), config);
        const expected = variant.parallel(inputs).dataSync();
        let state = recurrent.initialState(inputs);
        const outputs = Array.from({ length: 6 }, (_, t) => {
          const [next, o] = recurrent.step(state, sliceTime(inputs, t, 1));
          // a state that survives being copied out and back in holds all that decoding needs
          state = Object.fromEntries(
            Object.entries(next as State).map(([name, s]) => [name, tf.tensor(s.dataSync(), s.shape)]),
          );
          return o;
        });
        expect(relativeError(tf.concat(outputs, 2).dataSync(), expected)).to.be.below(row.tolerance);
      });
      disposeTree(params);
    });
  });
}

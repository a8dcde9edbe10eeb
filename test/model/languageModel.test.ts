import { expect } from 'chai';
import { attentions, basedLayout } from '../../src/attention';
import type { AnyAttention } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { Random, splitSeed } from '../../src/core/random';
import type { BT } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { leaves } from '../../src/core/tree';
import type { LanguageModelConfig, ModelState } from '../../src/model/languageModel';
import { disposeState, languageModel } from '../../src/model/languageModel';
import { feedForward2, mlp, swiglu } from '../../src/modules/feedForward';
import { layerNorm, plainLayerNorm, rmsNorm } from '../../src/modules/norm';

const base: LanguageModelConfig = {
  vocabulary: 11,
  width: 8,
  heads: 2,
  layers: 2,
  context: 13,
  attention: attentions.elita,
  feedForward: feedForward2,
  norm: plainLayerNorm,
  finalNorm: 'none',
  head: 'tied',
};

function ids(batch: number, time: number, seed: number): BT {
  const random = new Random(seed);
  return tf.tensor2d(
    Int32Array.from({ length: batch * time }, () => random.integer(0, 10)),
    [batch, time],
    'int32',
  );
}

/** Moves every parameter off its initial value, so that zeros and ones cannot hide a mistake. */
function stir(config: LanguageModelConfig): ReturnType<typeof languageModel> {
  const model = languageModel(config, 5);
  for (const [path, variable] of leaves<tf.Variable>(model.parameters)) {
    const random = new Random(splitSeed(9, path));
    const values = variable.dataSync().map((value) => value + 0.3 * random.normal());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return model;
}

function largest(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}

const causal = Object.values(attentions).filter(
  (variant: AnyAttention) => variant.meta.causal,
) as AnyAttention[];

const houses: Record<string, Partial<LanguageModelConfig>> = {
  'ELiTA as published': {},
  'standard with learned positions': {
    attention: attentions.softmax,
    positions: 'learned',
    feedForward: mlp,
    norm: layerNorm,
    finalNorm: 'same',
    head: 'untied',
  },
  'rms norm, swiglu, sinusoidal positions': {
    attention: attentions.linear,
    positions: 'sinusoidal',
    feedForward: swiglu,
    norm: rmsNorm,
    finalNorm: 'same',
  },
  'three wraps and a logit look-up': { wraps: 3, logitLookup: 6 },
  'a hybrid': { attention: basedLayout(3), layers: 3 },
};

describe('languageModel', () => {
  for (const [name, part] of Object.entries(houses)) {
    it(`${name}: reads token by token what it computes at once, and leaks nothing`, () => {
      const model = stir({ ...base, ...part });
      const before = tf.memory().numTensors;
      const tokens = ids(2, 13, 1);
      const whole = model.apply(tokens);
      expect(whole.shape).to.deep.equal([2, 13, 11]);
      let state: ModelState = model.initialState();
      for (let t = 0; t < 13; t++) {
        const column = tf.tidy(() => tf.reshape<tf.Rank.R1>(tf.slice(tokens, [0, t], [2, 1]), [2]));
        const next = model.step(state, column);
        disposeState(state, next.state);
        state = next.state;
        const wanted = tf.tidy(() => tf.reshape(tf.slice(whole, [0, t, 0], [2, 1, 11]), [2, 11]));
        expect(largest(next.logits, wanted), `token ${t}`).to.be.below(2e-5);
        tf.dispose([column, next.logits, wanted]);
      }
      const held = state.layers
        .flatMap((layer) => Object.values(layer))
        .reduce((sum, tensor) => sum + tensor.size, 0);
      expect(held / 2, 'floats held per sequence').to.equal(model.stateSize(13));
      disposeState(state);
      tf.dispose([tokens, whole]);
      expect(tf.memory().numTensors).to.equal(before);
      model.dispose();
    });
  }

  for (const variant of causal) {
    it(`over ${variant.meta.name}: changing a token never moves earlier logits`, () => {
      const model = stir({ ...base, attention: variant });
      const random = new Random(3);
      for (let trial = 0; trial < 8; trial++) {
        const tokens = ids(1, 13, trial);
        const at = random.integer(1, 12);
        const edited = tf.tidy(() => {
          const values = tokens.dataSync().slice();
          values[at] = ((values[at] as number) + random.integer(1, 10)) % 11;
          return tf.tensor2d(values, [1, 13], 'int32');
        });
        tf.tidy(() => {
          const [a, b] = [model.apply(tokens), model.apply(edited)];
          expect(largest(tf.slice(a, [0, 0, 0], [1, at, 11]), tf.slice(b, [0, 0, 0], [1, at, 11]))).to.equal(
            0,
          );
          expect(largest(a, b)).to.be.above(0);
        });
        tf.dispose([tokens, edited]);
      }
      model.dispose();
    });
  }

  for (const [name, part] of Object.entries(houses)) {
    it(`${name}: every parameter's gradient points where finite differences do`, () => {
      const model = stir({ ...base, ...part });
      const tokens = ids(2, 7, 4);
      const weights = tf.tidy(() => tf.sin(tf.range(0, 2 * 7 * 11)).reshape([2, 7, 11]));
      const loss = (): tf.Scalar => tf.tidy(() => tf.mean(tf.mul(model.apply(tokens), weights)).asScalar());
      const all = leaves<tf.Variable>(model.parameters);
      const { grads, value } = tf.variableGrads(
        loss,
        all.map(([, variable]) => variable),
      );
      value.dispose();
      for (const [path, variable] of all) {
        const gradient = grads[variable.name] as tf.Tensor;
        const random = new Random(splitSeed(2, path));
        const direction = Float32Array.from({ length: variable.size }, () => random.normal());
        const slope = gradient
          .dataSync<'float32'>()
          .reduce((sum, g, i) => sum + g * (direction[i] as number), 0);
        const start = variable.dataSync().slice();
        const at = (step: number): number => {
          tf.tidy(() =>
            variable.assign(
              tf.tensor(
                start.map((w, i) => w + step * (direction[i] as number)),
                variable.shape,
              ),
            ),
          );
          return tf.tidy(() => loss().dataSync()[0] as number);
        };
        const step = 2e-3;
        const difference = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
        at(0);
        expect(Math.abs(slope - difference), `${path}: ${slope} against ${difference}`).to.be.below(
          3e-3 * Math.abs(difference) + 2e-4,
        );
      }
      tf.dispose(grads);
      tf.dispose([tokens, weights]);
      model.dispose();
    });
  }

  it('gives the same weights for the same seed and others for another', () => {
    const [a, b, c] = [languageModel(base, 1), languageModel(base, 1), languageModel(base, 2)];
    const numbers = (model: typeof a): number[] =>
      leaves<tf.Variable>(model.parameters).flatMap(([, v]) => [...v.dataSync()]);
    expect(numbers(a)).to.deep.equal(numbers(b));
    expect(numbers(a)).not.to.deep.equal(numbers(c));
    expect(a.parameterCount).to.equal(numbers(a).length);
    for (const model of [a, b, c]) model.dispose();
  });

  it('names the setting that is wrong', () => {
    expect(() => languageModel({ ...base, layers: 0 }, 1)).to.throw(
      ConfigError,
      "languageModel: argument 'layers' must be an integer >= 1, got 0",
    );
    expect(() => languageModel({ ...base, head: 'both' as 'tied' }, 1)).to.throw(
      ConfigError,
      "'head' must be 'tied' or 'untied', got 'both'",
    );
    expect(() => languageModel({ ...base, attention: [] }, 1)).to.throw(ConfigError, "'attention'");
    const bidirectional = languageModel({ ...base, attention: attentions.linearAsPublished }, 1);
    const token = tf.tensor1d([1], 'int32');
    expect(() => bidirectional.step(bidirectional.initialState(), token)).to.throw(
      ConfigError,
      'must have a recurrent form',
    );
    token.dispose();
    bidirectional.dispose();
  });
});

import { expectInteger } from '../core/errors';
import { splitSeed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK, BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { elu1 } from '../modules/featureMap';
import { headWidth } from '../modules/heads';
import { dense, torchUniform } from '../modules/initializers';
import { project, splitHeads } from '../ops/linalg';
import type { Inputs, Params, State } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;
type Bias = tf.Variable<tf.Rank.R1>;

export interface LinearAsPublishedParams extends Params {
  readonly q: Weight;
  readonly qBias: Bias;
  readonly k: Weight;
  readonly kBias: Bias;
  readonly v: Weight;
  readonly vBias: Bias;
  readonly out: Weight;
  readonly outBias: Bias;
}

export interface LinearAsPublishedInputs extends Inputs {
  /** `[B, H, T, K]`, before the feature map. */
  readonly q: BHTK;
  /** `[B, H, T, K]`, before the feature map. */
  readonly k: BHTK;
}

/** Added to each feature and to the normaliser. */
const epsilon = 1e-6;

const map = (x: BHTK): BHTK => tf.add(elu1.apply(x), epsilon);

function check(where: string, { q, k, v }: LinearAsPublishedInputs): { T: number } {
  return dims(where, { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
}

/**
 * LAT ("linear attention transformer") as its public code has it: linear attention without a causal mask.
 *
 * Every token reads the whole sequence, so a language model made of it sees the tokens that it is asked to predict: it leaks. `output`
 * also repeats the code's reshape of `[B, H, T, V]` to `[B, T, H V]` without a transpose, which mixes heads with time. The honest form
 * is `linear`.
 *
 * @example
 * const inputs = sampleInputs(linearAsPublished, { width: 64, heads: 1 }, { batch: 1, time: 32, seed: 0 });
 * const map = attentionMap(linearAsPublished, inputs); // not zero above the diagonal
 */
export const linearAsPublished = defineAttention<LinearAsPublishedParams, LinearAsPublishedInputs, State>({
  meta: {
    name: 'linearAsPublished',
    title: 'LAT as published (leaks)',
    equation: String.raw`o_i = \frac{\phi(q_i)^\top \sum_{j=1}^{T} \phi(k_j) v_j^\top}{\phi(q_i)^\top \sum_{j=1}^{T} \phi(k_j) + \epsilon}, \quad \phi = \mathrm{elu} + 1 + \epsilon`,
    asPublishedOf: 'linear',
    settings: [],
    cost: { parallel: 'T²·D', step: 'cannot decode', state: 'cannot decode' },
    causal: false,
    cite: {
      authors: 'Fedortsov',
      year: 2025,
      title: 'Linear Attention Transformer (LALM)',
      url: 'https://github.com/matveifedortsov/VK_linear_transformation',
    },
    differsFromPaper: [
      'The README promises a causal scan with the Taylor map of arXiv 2402.18668; the code, and this twin, use ELU + 1 over all tokens.',
      'Queries, keys and values come from three matrices instead of three slices of one.',
    ],
    absent: {
      recurrent:
        'Each output needs the keys and values of later tokens, so none is finished before the last token is read.',
    },
  },

  init(config, seed) {
    headWidth('linearAsPublished', config);
    const { width: D } = config;
    const weight = (name: string): Weight => dense(D, D, splitSeed(seed, name));
    const bias = (name: string): Bias => torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, name));
    return {
      q: weight('q'),
      qBias: bias('qBias'),
      k: weight('k'),
      kBias: bias('kBias'),
      v: weight('v'),
      vBias: bias('vBias'),
      out: weight('out'),
      outBias: bias('outBias'),
    };
  },

  project: (params, x, { heads }) => ({
    q: splitHeads(project(x, params.q, params.qBias), heads),
    k: splitHeads(project(x, params.k, params.kBias), heads),
    v: splitHeads(project(x, params.v, params.vBias), heads),
  }),

  parallel(inputs) {
    check('linearAsPublished.parallel', inputs);
    const weights: tf.Tensor4D = tf.matMul(map(inputs.q), map(inputs.k), false, true);
    return tf.div(tf.matMul(weights, inputs.v), tf.add(tf.sum(weights, -1, true), epsilon));
  },

  // two passes: blocks of keys and values are added up, then every query reads the total
  chunkwise(inputs, chunk) {
    const { T } = check('linearAsPublished.chunkwise', inputs);
    expectInteger(chunk, 'linearAsPublished.chunkwise', 'chunk');
    const queries = map(inputs.q);
    const keys = map(inputs.k);
    let total: tf.Tensor4D | undefined;
    for (let begin = 0; begin < T; begin += chunk) {
      const cut = (x: BHTK): BHTK => tf.slice(x, [0, 0, begin, 0], [-1, -1, Math.min(chunk, T - begin), -1]);
      const added: tf.Tensor4D = tf.matMul(cut(keys), cut(inputs.v), true, false);
      total = total === undefined ? added : tf.add<tf.Tensor4D>(total, added);
    }
    const top: BHTV = tf.matMul(queries, total as tf.Tensor4D);
    const bottom = tf.sum(tf.mul(queries, tf.sum(keys, 2, true)), -1, true);
    return tf.div(top, tf.add(bottom, epsilon));
  },

  output(params, o) {
    const [B, H, T, V] = o.shape;
    // as published: heads and time are not swapped back before they are merged
    return project(tf.reshape<tf.Rank.R3>(o, [B, T, H * V]), params.out, params.outBias);
  },

  stateSize: () => 0,
});

import { splitSeed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK } from '../core/tf';
import { tf } from '../core/tf';
import { elu1 } from '../modules/featureMap';
import { headWidth } from '../modules/heads';
import { dense } from '../modules/initializers';
import type { NormalisedState } from '../modules/normalisedScan';
import {
  emptyNormalisedState,
  normalisedScan,
  normalisedStep,
  normalisedWeights,
} from '../modules/normalisedScan';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;

export interface LinearParams extends Params {
  readonly q: Weight;
  readonly k: Weight;
  readonly v: Weight;
  readonly out: Weight;
}

export interface LinearInputs extends Inputs {
  /** `[B, H, T, K]`, before the feature map. */
  readonly q: BHTK;
  /** `[B, H, T, K]`, before the feature map. */
  readonly k: BHTK;
}

/** Added to the normaliser, as the authors' code does: it matters only where all features are close to zero. */
const epsilon = 1e-6;

function map({ q, k, v }: LinearInputs): LinearInputs {
  return { q: elu1.apply(q), k: elu1.apply(k), v };
}

/**
 * Linear attention: softmax's e^(q·k) replaced by phi(q)·phi(k) with phi = ELU + 1, so all that was read so far fits in a K×V matrix.
 *
 * Weights are positive and sum to one, but cannot single out one key as softmax does. No positions of its own: order enters through the
 * causal sum alone.
 *
 * @example
 * const inputs = sampleInputs(linear, { width: 64, heads: 4 }, { batch: 1, time: 32, seed: 0 });
 * maxDifference(linear.parallel(inputs), linear.chunkwise!(inputs, 16)); // about 1e-7
 */
export const linear = defineAttention<LinearParams, LinearInputs, NormalisedState>({
  meta: {
    name: 'linear',
    title: 'Linear attention',
    equation: String.raw`o_i = \frac{\phi(q_i)^\top \sum_{j \le i} \phi(k_j) v_j^\top}{\phi(q_i)^\top \sum_{j \le i} \phi(k_j)}, \quad \phi = \mathrm{elu} + 1`,
    settings: [],
    cost: { parallel: 'T²·D', step: 'D·V', state: 'D·(V + 1)' },
    causal: true,
    cite: {
      authors: 'Katharopoulos et al.',
      year: 2020,
      title: 'Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention',
      url: 'https://arxiv.org/abs/2006.16236',
    },
    differsFromPaper: [
      "The normaliser has 1e-6 added: the equations have none, the authors' code has the same.",
      'Projections have no bias.',
      "No dropout; the authors' code has 0.1 on the attention's output by default.",
    ],
  },

  init(config, seed) {
    headWidth('linear', config);
    const { width: D } = config;
    return {
      q: dense(D, D, splitSeed(seed, 'q')),
      k: dense(D, D, splitSeed(seed, 'k')),
      v: dense(D, D, splitSeed(seed, 'v')),
      out: dense(D, D, splitSeed(seed, 'out')),
    };
  },

  project: (params, x, { heads }) => ({
    q: splitHeads(project(x, params.q), heads),
    k: splitHeads(project(x, params.k), heads),
    v: splitHeads(project(x, params.v), heads),
  }),

  parallel(inputs) {
    const { q, k, v } = inputs;
    dims('linear.parallel', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
    const mapped = map(inputs);
    return normalisedWeights(tf.matMul(mapped.q, mapped.k, false, true), v, epsilon);
  },

  chunkwise: (inputs, chunk) => normalisedScan(map(inputs), chunk, epsilon),

  recurrent: {
    initialState: (inputs) => emptyNormalisedState(inputs, inputs.k.shape[3]),
    step: (state, inputs) => normalisedStep(state, map(inputs), epsilon),
  },

  output: (params, o) => project(mergeHeads(o), params.out),

  stateSize: ({ width, heads }) => width * (width / heads + 1),
});

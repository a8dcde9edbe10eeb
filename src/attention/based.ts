import { expectInteger } from '../core/errors';
import { splitSeed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK } from '../core/tf';
import { tf } from '../core/tf';
import { taylor2 } from '../modules/featureMap';
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
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;

export interface BasedConfig extends Config {
  /** Width f' of queries and keys per head; the state grows with its square. Default 16. */
  readonly featureWidth?: number;
}

export interface BasedParams extends Params {
  readonly q: Weight;
  readonly k: Weight;
  readonly v: Weight;
  readonly out: Weight;
}

export interface BasedInputs extends Inputs {
  /** `[B, H, T, f']`, before the feature map. */
  readonly q: BHTK;
  /** `[B, H, T, f']`, before the feature map. */
  readonly k: BHTK;
}

const epsilon = 1e-12;
const featureWidthOf = (config: BasedConfig): number => config.featureWidth ?? 16;

function map({ q, k, v }: BasedInputs): BasedInputs {
  return { q: taylor2.apply(q), k: taylor2.apply(k), v };
}

/**
 * Based's linear attention: e^z replaced by its Taylor polynomial 1 + z + z²/2, z = q·k / sqrt(f').
 *
 * The weight is never below 1/2, so the normaliser cannot vanish; the price is a state of (1 + f' + f'²)(V + 1) numbers per head.
 * `parallel` takes the polynomial of q·k itself, the other forms go through the feature map. Based's other two mixers are
 * `slidingWindow` and `gatedConvolution`; `basedLayout` stacks the three.
 *
 * @example
 * const inputs = sampleInputs(based, { width: 64, heads: 4, featureWidth: 8 }, { batch: 1, time: 32, seed: 0 });
 * const o = based.chunkwise!(inputs, 16);
 */
export const based = defineAttention<BasedParams, BasedInputs, NormalisedState, BasedConfig>({
  meta: {
    name: 'based',
    title: "Based's Taylor linear attention",
    equation: String.raw`o_i = \frac{\sum_{j \le i} w_{ij} v_j}{\sum_{j \le i} w_{ij}}, \quad w_{ij} = 1 + z_{ij} + \tfrac{1}{2} z_{ij}^2, \quad z_{ij} = \frac{q_i \cdot k_j}{\sqrt{f'}}`,
    settings: ['featureWidth'],
    cost: { parallel: 'T²·D', step: "f'²·D", state: "H·(1 + f' + f'²)·(V + 1)" },
    causal: true,
    cite: {
      authors: 'Arora et al.',
      year: 2024,
      title: 'Simple linear attention language models balance the recall-throughput tradeoff',
      url: 'https://arxiv.org/abs/2402.18668',
    },
    differsFromPaper: [
      "The state keeps all 1 + f' + f'² features, as the released code computes; the paper's packed count drops the repeated products.",
      'The normaliser has 1e-12 added in every form; the released decoding path adds 1e-6.',
    ],
  },

  init(config, seed) {
    headWidth('based', config);
    const featureWidth = featureWidthOf(config);
    expectInteger(featureWidth, 'based', 'featureWidth');
    const { width: D, heads } = config;
    return {
      q: dense(D, heads * featureWidth, splitSeed(seed, 'q')),
      k: dense(D, heads * featureWidth, splitSeed(seed, 'k')),
      v: dense(D, D, splitSeed(seed, 'v')),
      out: dense(D, D, splitSeed(seed, 'out')),
    };
  },

  project: (params, x, { heads }) => ({
    q: splitHeads(project(x, params.q), heads),
    k: splitHeads(project(x, params.k), heads),
    v: splitHeads(project(x, params.v), heads),
  }),

  parallel({ q, k, v }) {
    const { K } = dims('based.parallel', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
    const z = tf.matMul(tf.mul(q, K ** -0.5), k, false, true);
    const weights: tf.Tensor4D = tf.add(tf.add(z, 1), tf.mul(tf.square(z), 0.5));
    return normalisedWeights(weights, v, epsilon);
  },

  chunkwise(inputs, chunk) {
    const { q, k, v } = inputs;
    dims('based.chunkwise', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
    return normalisedScan(map(inputs), chunk, epsilon);
  },

  recurrent: {
    initialState: (inputs) => emptyNormalisedState(inputs, taylor2.width(inputs.k.shape[3])),
    step: (state, inputs) => normalisedStep(state, map(inputs), epsilon),
  },

  output: (params, o) => project(mergeHeads(o), params.out),

  stateSize: (config) =>
    config.heads * taylor2.width(featureWidthOf(config)) * (config.width / config.heads + 1),
});

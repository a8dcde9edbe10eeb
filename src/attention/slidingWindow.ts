import { expect, expectInteger } from '../core/errors';
import { splitSeed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK, Vector } from '../core/tf';
import { tf } from '../core/tf';
import type { Cache } from '../modules/attend';
import { attend, attendInBlocks, attendStep, emptyCache, windowMask } from '../modules/attend';
import { headWidth } from '../modules/heads';
import { dense } from '../modules/initializers';
import { rotary } from '../modules/position';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;

export interface SlidingWindowConfig extends Config {
  /** How many tokens a query sees, its own included. Default 64. */
  readonly window?: number;
}

export interface SlidingWindowParams extends Params {
  readonly q: Weight;
  readonly k: Weight;
  readonly v: Weight;
  readonly out: Weight;
}

export interface SlidingWindowInputs extends Inputs {
  /** `[B, H, T, K]`, turned by their positions. */
  readonly q: BHTK;
  /** `[B, H, T, K]`, turned by their positions. */
  readonly k: BHTK;
  /** `[window]` int32: 0, 1, ..., window - 1, the distances back that a query sees. Only its length counts. */
  readonly distances: Vector;
}

const windowOf = (config: SlidingWindowConfig): number => config.window ?? 64;

/**
 * Sliding-window attention: softmax attention over the last `window` tokens only, with rotary positions.
 *
 * Exact and cheap for what is near, blind beyond: Based pairs it with a linear attention that sees everything dimly.
 *
 * @example
 * const inputs = sampleInputs(slidingWindow, { width: 64, heads: 4, window: 16 }, { batch: 1, time: 64, seed: 0 });
 * const o = slidingWindow.chunkwise!(inputs, 16);
 */
export const slidingWindow = defineAttention<
  SlidingWindowParams,
  SlidingWindowInputs,
  Cache,
  SlidingWindowConfig
>({
  meta: {
    name: 'slidingWindow',
    title: 'Sliding-window attention',
    equation: String.raw`o_i = \sum_{j=i-W+1}^{i} \frac{e^{q_i \cdot k_j / \sqrt{K}}}{\sum_{m=i-W+1}^{i} e^{q_i \cdot k_m / \sqrt{K}}} \, v_j`,
    settings: ['window'],
    cost: { parallel: 'T²·D', step: 'W·D', state: '2·W·D' },
    causal: true,
    cite: {
      authors: 'Arora et al.',
      year: 2024,
      title: 'Simple linear attention language models balance the recall-throughput tradeoff',
      url: 'https://arxiv.org/abs/2402.18668',
    },
    differsFromPaper: [
      'The window is 64, as the paper argues, and counts the current token; the released configurations train with 128 or 256.',
    ],
  },

  init(config, seed) {
    const K = headWidth('slidingWindow', config);
    const { width: D, heads } = config;
    expect(K % 2 === 0, 'slidingWindow', 'heads', 'such that width / heads is even', heads);
    expectInteger(windowOf(config), 'slidingWindow', 'window');
    return {
      q: dense(D, D, splitSeed(seed, 'q')),
      k: dense(D, D, splitSeed(seed, 'k')),
      v: dense(D, D, splitSeed(seed, 'v')),
      out: dense(D, D, splitSeed(seed, 'out')),
    };
  },

  project: (params, x, config, offset = 0) => ({
    q: rotary(splitHeads(project(x, params.q), config.heads), offset),
    k: rotary(splitHeads(project(x, params.k), config.heads), offset),
    v: splitHeads(project(x, params.v), config.heads),
    distances: tf.range(0, windowOf(config), 1, 'int32'),
  }),

  parallel({ q, k, v, distances }) {
    const { T, W } = dims('slidingWindow.parallel', {
      q: [q, 'BHTK'],
      k: [k, 'BHTK'],
      v: [v, 'BHTV'],
      distances: [distances, 'W'],
    });
    return attend({ q, k, v }, windowMask(T, T, W));
  },

  chunkwise: (inputs, chunk) => attendInBlocks(inputs, chunk, inputs.distances.shape[0]),

  recurrent: {
    initialState: emptyCache,
    step: (cache, inputs) => attendStep(cache, inputs, inputs.distances.shape[0]),
  },

  output: (params, o) => project(mergeHeads(o), params.out),

  stateSize: (config, time) => 2 * config.width * Math.min(time, windowOf(config)),
});

import { expect } from '../core/errors';
import { splitSeed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK } from '../core/tf';
import type { tf } from '../core/tf';
import type { Cache } from '../modules/attend';
import { attend, attendInBlocks, attendStep, emptyCache, windowMask } from '../modules/attend';
import { headWidth } from '../modules/heads';
import { dense } from '../modules/initializers';
import { rotary } from '../modules/position';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;

export interface SoftmaxConfig extends Config {
  /** How tokens know where they stand. 'rotary' (default) needs an even head width. */
  readonly positions?: 'rotary' | 'none';
}

export interface SoftmaxParams extends Params {
  readonly q: Weight;
  readonly k: Weight;
  readonly v: Weight;
  readonly out: Weight;
}

export interface SoftmaxInputs extends Inputs {
  /** `[B, H, T, K]`, turned by their positions if the config says so. */
  readonly q: BHTK;
  /** `[B, H, T, K]` */
  readonly k: BHTK;
}

/**
 * Softmax attention: every token reads all tokens up to itself, weighted by the softmax of q·k / sqrt(K).
 *
 * The baseline of every comparison. Time and memory of `parallel` grow with T²; `chunkwise` keeps one block row; decoding keeps all
 * keys and values.
 *
 * @example
 * const inputs = sampleInputs(softmax, { width: 64, heads: 4 }, { batch: 1, time: 32, seed: 0 });
 * const o = softmax.parallel(inputs);
 */
export const softmax = defineAttention<SoftmaxParams, SoftmaxInputs, Cache, SoftmaxConfig>({
  meta: {
    name: 'softmax',
    title: 'Softmax attention',
    equation: String.raw`o_i = \sum_{j \le i} \frac{e^{q_i \cdot k_j / \sqrt{K}}}{\sum_{m \le i} e^{q_i \cdot k_m / \sqrt{K}}} \, v_j`,
    settings: ['positions'],
    cost: { parallel: 'T²·D', step: 'T·D', state: '2·T·D' },
    causal: true,
    cite: {
      authors: 'Vaswani et al.',
      year: 2017,
      title: 'Attention Is All You Need',
      url: 'https://arxiv.org/abs/1706.03762',
    },
    differsFromPaper: [
      'Positions are rotary (Su et al. 2021) unless the config says none; the paper adds sines to the embedding.',
      'No dropout; the paper drops from the output of every layer.',
    ],
  },

  init(config, seed) {
    const K = headWidth('softmax', config);
    const { width: D, positions = 'rotary' } = config;
    expect(['rotary', 'none'].includes(positions), 'softmax', 'positions', "'rotary' or 'none'", positions);
    expect(
      positions === 'none' || K % 2 === 0,
      'softmax',
      'heads',
      'such that width / heads is even',
      config.heads,
    );
    return {
      q: dense(D, D, splitSeed(seed, 'q')),
      k: dense(D, D, splitSeed(seed, 'k')),
      v: dense(D, D, splitSeed(seed, 'v')),
      out: dense(D, D, splitSeed(seed, 'out')),
    };
  },

  project(params, x, { heads, positions = 'rotary' }, offset = 0) {
    const place = (y: BHTK): BHTK => (positions === 'rotary' ? rotary(y, offset) : y);
    return {
      q: place(splitHeads(project(x, params.q), heads)),
      k: place(splitHeads(project(x, params.k), heads)),
      v: splitHeads(project(x, params.v), heads),
    };
  },

  parallel({ q, k, v }) {
    const { T } = dims('softmax.parallel', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
    return attend({ q, k, v }, windowMask(T, T));
  },

  chunkwise: (inputs, chunk) => attendInBlocks(inputs, chunk),

  recurrent: {
    initialState: emptyCache,
    step: (cache, inputs) => attendStep(cache, inputs),
  },

  output: (params, o) => project(mergeHeads(o), params.out),

  stateSize: ({ width }, time) => 2 * width * time,
});

import { expect } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Matrix } from '../core/tf';
import { tf } from '../core/tf';
import type { ConvolutionState } from '../modules/convolution';
import { checkTaps, convolution } from '../modules/convolution';
import { headWidth } from '../modules/heads';
import { dense, torchUniform } from '../modules/initializers';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;
type Bias = tf.Variable<tf.Rank.R1>;

export interface FixedDecayConvolutionConfig extends Config {
  /** How many tokens a head sees, its own included. Default 64. */
  readonly taps?: number;
  /** Weight of a token relative to the one after it, in (0, 1]. Default 0.95. */
  readonly decay?: number;
}

export interface FixedDecayConvolutionParams extends Params {
  readonly v: Weight;
  readonly vBias: Bias;
  readonly out: Weight;
  readonly outBias: Bias;
}

export interface FixedDecayConvolutionInputs extends Inputs {
  /** `[H, taps]`, the same row for every head, with sum 1; the last tap is the current token. */
  readonly kernel: Matrix;
}

const tapsOf = (config: FixedDecayConvolutionConfig): number => config.taps ?? 64;

/** decay^(taps - 1), ..., decay, 1, divided by their sum, for every head. */
function kernelOf(config: FixedDecayConvolutionConfig): Matrix {
  const { heads, decay = 0.95 } = config;
  const taps = tapsOf(config);
  const row = Array.from({ length: taps }, (_, i) => decay ** (taps - 1 - i));
  const sum = row.reduce((total, weight) => total + weight, 0);
  return tf.tensor2d(Array.from({ length: heads }, () => row.map((weight) => weight / sum)));
}

/**
 * Fixed-decay convolution: a moving average of the values with weights 0.95^distance, nothing learned in the mix.
 *
 * The control of the learned convolution: whatever it reaches needs no learned mixing at all.
 *
 * @example
 * const inputs = sampleInputs(fixedDecayConvolution, { width: 64, heads: 4 }, { batch: 1, time: 64, seed: 0 });
 * const o = fixedDecayConvolution.parallel(inputs);
 */
export const fixedDecayConvolution = defineAttention<
  FixedDecayConvolutionParams,
  FixedDecayConvolutionInputs,
  ConvolutionState,
  FixedDecayConvolutionConfig
>({
  meta: {
    name: 'fixedDecayConvolution',
    title: 'Fixed-decay convolution',
    equation: String.raw`o_t = \frac{\sum_{i=0}^{n-1} \gamma^i \, v_{t-i}}{\sum_{i=0}^{n-1} \gamma^i}, \quad \gamma = 0.95`,
    settings: ['taps', 'decay'],
    cost: { parallel: 'T·n·D', step: 'n·D', state: '(n - 1)·D' },
    causal: true,
    cite: {
      authors: 'Bonsignore',
      year: 2026,
      title: 'Attention May Not Be What You Need',
      url: 'https://github.com/MikeyBeez/DifferentialLR',
    },
    differsFromPaper: ['No dropout on the output.'],
  },

  init(config, seed) {
    headWidth('fixedDecayConvolution', config);
    checkTaps('fixedDecayConvolution', tapsOf(config));
    const { width: D, decay = 0.95 } = config;
    expect(decay > 0 && decay <= 1, 'fixedDecayConvolution', 'decay', 'in (0, 1]', decay);
    return {
      v: dense(D, D, splitSeed(seed, 'v')),
      vBias: torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, 'vBias')),
      out: dense(D, D, splitSeed(seed, 'out')),
      outBias: torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, 'outBias')),
    };
  },

  project: (params, x, config) => ({
    v: splitHeads(project(x, params.v, params.vBias), config.heads),
    kernel: kernelOf(config),
  }),

  parallel: convolution.parallel,
  chunkwise: convolution.chunkwise,
  recurrent: convolution.recurrent,

  output: (params, o) => project(mergeHeads(o), params.out, params.outBias),

  stateSize: (config) => config.width * (tapsOf(config) - 1),
});

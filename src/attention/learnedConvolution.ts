import { splitSeed } from '../core/random';
import type { Matrix } from '../core/tf';
import { tf } from '../core/tf';
import type { ConvolutionState } from '../modules/convolution';
import { checkTaps, convolution } from '../modules/convolution';
import { headWidth } from '../modules/heads';
import { constant, dense, torchUniform } from '../modules/initializers';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;
type Bias = tf.Variable<tf.Rank.R1>;

export interface LearnedConvolutionConfig extends Config {
  /** How many tokens a head sees, its own included; 32, 64 and 128 were published. Default 64. */
  readonly taps?: number;
}

export interface LearnedConvolutionParams extends Params {
  readonly v: Weight;
  readonly vBias: Bias;
  /** Kernel logits `[H, taps]`: their softmax over taps is the kernel. */
  readonly kernel: Weight;
  readonly out: Weight;
  readonly outBias: Bias;
}

export interface LearnedConvolutionInputs extends Inputs {
  /** `[H, taps]`, positive with row sums 1; the last tap is the current token. */
  readonly kernel: Matrix;
}

const tapsOf = (config: LearnedConvolutionConfig): number => config.taps ?? 64;

/**
 * Learned convolution: attention whose weights depend on distance alone, one softmaxed kernel per head.
 *
 * No queries, no keys: it averages its neighbourhood and cannot look anything up. The first tokens are diluted, not renormalised: zeros
 * stand where there is no past.
 *
 * @example
 * const inputs = sampleInputs(learnedConvolution, { width: 64, heads: 4, taps: 32 }, { batch: 1, time: 64, seed: 0 });
 * const o = learnedConvolution.parallel(inputs);
 */
export const learnedConvolution = defineAttention<
  LearnedConvolutionParams,
  LearnedConvolutionInputs,
  ConvolutionState,
  LearnedConvolutionConfig
>({
  meta: {
    name: 'learnedConvolution',
    title: 'Learned causal convolution',
    equation: String.raw`o_t = \sum_{i=0}^{n-1} \mathrm{softmax}(\theta_h)_{n-1-i} \, v_{t-i}`,
    settings: ['taps'],
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
    headWidth('learnedConvolution', config);
    const taps = checkTaps('learnedConvolution', tapsOf(config));
    const { width: D, heads } = config;
    return {
      v: dense(D, D, splitSeed(seed, 'v')),
      vBias: torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, 'vBias')),
      kernel: constant<tf.Rank.R2>([heads, taps], 0),
      out: dense(D, D, splitSeed(seed, 'out')),
      outBias: torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, 'outBias')),
    };
  },

  project: (params, x, { heads }) => ({
    v: splitHeads(project(x, params.v, params.vBias), heads),
    kernel: tf.softmax<tf.Tensor2D>(params.kernel),
  }),

  parallel: convolution.parallel,
  chunkwise: convolution.chunkwise,
  recurrent: convolution.recurrent,

  output: (params, o) => project(mergeHeads(o), params.out, params.outBias),

  stateSize: (config) => config.width * (tapsOf(config) - 1),
});

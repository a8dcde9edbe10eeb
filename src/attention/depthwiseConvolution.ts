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

export interface DepthwiseConvolutionConfig extends Config {
  /** How many tokens a channel sees, its own included. Default 16. */
  readonly taps?: number;
}

export interface DepthwiseConvolutionParams extends Params {
  /** One unconstrained filter per channel, `[D, taps]`. */
  readonly kernel: Weight;
  readonly kernelBias: Bias;
  readonly out: Weight;
  readonly outBias: Bias;
}

export interface DepthwiseConvolutionInputs extends Inputs {
  /** `[D, taps]`; the last tap is the current token. */
  readonly kernel: Matrix;
}

const tapsOf = (config: DepthwiseConvolutionConfig): number => config.taps ?? 16;

/**
 * Depthwise convolution: one free filter per channel of x itself, then an output projection.
 *
 * No value projection, no softmax, no heads: each channel is a head of width 1 (`v` is `[B, D, T, 1]`), whatever `heads` says. The bias
 * of the convolution is added in `output`, so that the mix stays linear in `v`.
 *
 * @example
 * const inputs = sampleInputs(depthwiseConvolution, { width: 64, heads: 4 }, { batch: 1, time: 64, seed: 0 });
 * const o = depthwiseConvolution.parallel(inputs); // [1, 64, 64, 1]
 */
export const depthwiseConvolution = defineAttention<
  DepthwiseConvolutionParams,
  DepthwiseConvolutionInputs,
  ConvolutionState,
  DepthwiseConvolutionConfig
>({
  meta: {
    name: 'depthwiseConvolution',
    title: 'Depthwise convolution',
    equation: String.raw`o_t = \sum_{i=0}^{n-1} \kappa_{n-1-i} \odot x_{t-i}`,
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
    headWidth('depthwiseConvolution', config);
    const taps = checkTaps('depthwiseConvolution', tapsOf(config));
    const { width: D } = config;
    return {
      kernel: torchUniform<tf.Rank.R2>([D, taps], taps, splitSeed(seed, 'kernel')),
      kernelBias: torchUniform<tf.Rank.R1>([D], taps, splitSeed(seed, 'kernelBias')),
      out: dense(D, D, splitSeed(seed, 'out')),
      outBias: torchUniform<tf.Rank.R1>([D], D, splitSeed(seed, 'outBias')),
    };
  },

  project: (params, x, { width }) => ({ v: splitHeads(x, width), kernel: params.kernel.clone() }),

  parallel: convolution.parallel,
  chunkwise: convolution.chunkwise,
  recurrent: convolution.recurrent,

  output: (params, o) => project(tf.add(mergeHeads(o), params.kernelBias), params.out, params.outBias),

  stateSize: (config) => config.width * (tapsOf(config) - 1),
});

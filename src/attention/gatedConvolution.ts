import { splitSeed } from '../core/random';
import type { Matrix } from '../core/tf';
import { tf } from '../core/tf';
import { silu } from '../modules/activation';
import type { ConvolutionState } from '../modules/convolution';
import { checkTaps, convolution } from '../modules/convolution';
import { headWidth } from '../modules/heads';
import { dense, torchUniform } from '../modules/initializers';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

type Weight = tf.Variable<tf.Rank.R2>;
type Bias = tf.Variable<tf.Rank.R1>;

export interface GatedConvolutionConfig extends Config {
  /** How many tokens a channel sees, its own included. Default 3. */
  readonly taps?: number;
}

export interface GatedConvolutionParams extends Params {
  /** First half of Based's D -> 4 D projection: what is convolved. */
  readonly v: Weight;
  readonly vBias: Bias;
  /** Second half: what multiplies the result. */
  readonly gate: Weight;
  readonly gateBias: Bias;
  /** One filter per channel, `[2 D, taps]`. */
  readonly kernel: Weight;
  readonly kernelBias: Bias;
  readonly out: Weight;
  readonly outBias: Bias;
}

export interface GatedConvolutionInputs extends Inputs {
  /** `[2 D, taps]`; the last tap is the current token. */
  readonly kernel: Matrix;
}

const tapsOf = (config: GatedConvolutionConfig): number => config.taps ?? 3;

/**
 * Based's gated short convolution (BaseConv): SiLU of a three-token convolution, multiplied by a gate of the current token.
 *
 * It compares neighbours, which is what a linear attention above it needs most. Each of its 2 D inner channels is a head of width 1
 * (`v` is `[B, 2 D, T, 1]`), whatever `heads` says; bias, SiLU and gate are in `output`, so that the mix stays linear in `v`.
 *
 * @example
 * const inputs = sampleInputs(gatedConvolution, { width: 64, heads: 4 }, { batch: 1, time: 64, seed: 0 });
 * const o = gatedConvolution.parallel(inputs); // [1, 128, 64, 1]
 */
export const gatedConvolution = defineAttention<
  GatedConvolutionParams,
  GatedConvolutionInputs,
  ConvolutionState,
  GatedConvolutionConfig
>({
  meta: {
    name: 'gatedConvolution',
    title: "Based's gated short convolution",
    equation: String.raw`o_t = \mathrm{silu}\Big(\sum_{i=0}^{2} \kappa_{2-i} \odot W_1 x_{t-i}\Big) \odot W_2 x_t`,
    settings: ['taps'],
    cost: { parallel: '2·T·n·D', step: '2·n·D', state: '2·(n - 1)·D' },
    causal: true,
    cite: {
      authors: 'Arora et al.',
      year: 2024,
      title: 'Simple linear attention language models balance the recall-throughput tradeoff',
      url: 'https://arxiv.org/abs/2402.18668',
    },
    differsFromPaper: ['The two halves of the input projection are two matrices.'],
  },

  init(config, seed) {
    headWidth('gatedConvolution', config);
    const taps = checkTaps('gatedConvolution', tapsOf(config));
    const { width: D } = config;
    const inner = 2 * D;
    return {
      v: dense(D, inner, splitSeed(seed, 'v')),
      vBias: torchUniform<tf.Rank.R1>([inner], D, splitSeed(seed, 'vBias')),
      gate: dense(D, inner, splitSeed(seed, 'gate')),
      gateBias: torchUniform<tf.Rank.R1>([inner], D, splitSeed(seed, 'gateBias')),
      kernel: torchUniform<tf.Rank.R2>([inner, taps], taps, splitSeed(seed, 'kernel')),
      kernelBias: torchUniform<tf.Rank.R1>([inner], taps, splitSeed(seed, 'kernelBias')),
      out: dense(inner, D, splitSeed(seed, 'out')),
      outBias: torchUniform<tf.Rank.R1>([D], inner, splitSeed(seed, 'outBias')),
    };
  },

  project: (params, x, { width }) => ({
    v: splitHeads(project(x, params.v, params.vBias), 2 * width),
    kernel: params.kernel.clone(),
  }),

  parallel: convolution.parallel,
  chunkwise: convolution.chunkwise,
  recurrent: convolution.recurrent,

  output(params, o, x) {
    const mixed = silu(tf.add(mergeHeads(o), params.kernelBias));
    return project(tf.mul(mixed, project(x, params.gate, params.gateBias)), params.out, params.outBias);
  },

  stateSize: (config) => 2 * config.width * (tapsOf(config) - 1),
});

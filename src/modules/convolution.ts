import { expectInteger } from '../core/errors';
import { dims } from '../core/shape';
import type { BHTV, Matrix } from '../core/tf';
import { tf } from '../core/tf';
import { causalConv } from '../ops/causalConv';

/** Values and the filter each head slides over them. */
export interface ConvolutionInputs {
  /** `[B, H, T, V]` */
  readonly v: BHTV;
  /** `[H, K]`, the last tap on the current token; K >= 2. */
  readonly kernel: Matrix;
  readonly [name: string]: tf.Tensor;
}

/** The last K - 1 values, oldest first; zeros stand for tokens before the first. */
export interface ConvolutionState {
  /** `[B, H, K - 1, V]` */
  readonly past: BHTV;
  readonly [name: string]: tf.Tensor;
}

/** Checks a number of taps: with fewer than two, nothing would be mixed. */
export function checkTaps(where: string, taps: number): number {
  expectInteger(taps, where, 'taps', 2);
  return taps;
}

function initialState({ v, kernel }: ConvolutionInputs): ConvolutionState {
  const { B, H, V, K } = dims('convolution', { v: [v, 'BHTV'], kernel: [kernel, 'HK'] });
  return { past: tf.zeros<tf.Rank.R4>([B, H, K - 1, V]) };
}

/** The last K - 1 of the past and a block of new values. */
function remember(seen: BHTV, taps: number): BHTV {
  return tf.slice(seen, [0, 0, seen.shape[2] - taps + 1, 0], [-1, -1, taps - 1, -1]);
}

function convolve(v: BHTV, kernel: Matrix): BHTV {
  dims('convolution', { v: [v, 'BHTV'], kernel: [kernel, 'HK'] });
  return causalConv(v, kernel);
}

/**
 * The three forms of a causal convolution, shared by every variant that mixes tokens with one: o_t = sum_i kernel[K - 1 - i] v_{t - i}.
 * Early tokens are not renormalised: zeros stand where there is no past.
 */
export const convolution = Object.freeze({
  parallel: ({ v, kernel }: ConvolutionInputs): BHTV => convolve(v, kernel),

  // the op works in blocks of its own, or in one fused pass, and its memory is linear in T either way
  chunkwise({ v, kernel }: ConvolutionInputs, chunk: number): BHTV {
    expectInteger(chunk, 'convolution', 'chunk');
    return convolve(v, kernel);
  },

  recurrent: {
    initialState,
    step({ past }: ConvolutionState, { v, kernel }: ConvolutionInputs): readonly [ConvolutionState, BHTV] {
      const { H, K } = dims('convolution', { v: [v, 'BH1V'], kernel: [kernel, 'HK'] });
      const seen: BHTV = tf.concat([past, v], 2);
      const o: BHTV = tf.sum(tf.mul(seen, tf.reshape(kernel, [1, H, K, 1])), 2, true);
      return [{ past: remember(seen, K) }, o];
    },
  },
});

import { dims } from '../core/shape';
import { expectInteger } from '../core/errors';
import { tf } from '../core/tf';
import type { BHT, BHTV } from '../core/tf';
import { hasKernel, runKernels } from '../kernels/registry';
import { causalMask } from './linalg';
import {
  checkPrefix,
  EMPTY_MASS,
  join,
  logOf,
  prefixSoftmaxChunkwise,
  prefixWeights,
} from './prefixChunkwise';
import type { PrefixInputs, PrefixMeans, PrefixOptions, PrefixState } from './prefixChunkwise';

export { EMPTY_MASS, emptyPrefix, prefixSoftmaxChunkwise } from './prefixChunkwise';
export type { PrefixInputs, PrefixMeans, PrefixOptions, PrefixState } from './prefixChunkwise';

/** Running log-sum-exp over the last axis of `[B, H, T]`: the mass of {@link prefixSoftmax} without the means. */
export function prefixMass(logits: BHT): BHT {
  const [B, H, T] = logits.shape;
  return tf.tidy(() => prefixSoftmax({ logits, v: tf.zeros([B, H, T, 1]) }).logMass);
}

function fused({ logits, v }: PrefixInputs, { state, chunk = 64 }: PrefixOptions): PrefixMeans {
  expectInteger(chunk, 'prefixSoftmax', 'chunk');
  const given: tf.Tensor[] = [logits, v];
  if (state) given.push(state.logMass, state.mean);
  const attrs = { stateful: state !== undefined };
  const [mean, logMass] = runKernels<[BHTV, BHT]>('PrefixSoftmax', given, attrs);
  return { mean, logMass };
}

/**
 * Softmax means of every prefix: `L_i = log sum_{j <= i} exp(logits_j)`, `mean_i = sum_{j <= i} exp(logits_j - L_i) v_j`.
 *
 * Right gradients for logits, values and the incoming state, through both outputs; finite for logits of +-1e4 and
 * beyond. A fused single pass where the running backend has the kernel, {@link prefixSoftmaxChunkwise} elsewhere.
 * O(T V) time, O(V) state.
 *
 * @returns the means, the log masses and the state after the last token.
 * @throws ShapeError when shapes disagree, a tensor is not float32 or T is 0.
 * @example
 * const { mean, logMass } = prefixSoftmax({ logits: tf.zeros([1, 1, 4]), v: tf.ones([1, 1, 4, 2]) });
 */
export function prefixSoftmax(
  inputs: PrefixInputs,
  options: PrefixOptions = {},
): PrefixMeans & { state: PrefixState } {
  const { B, H, T, V } = checkPrefix('prefixSoftmax', inputs, options.state);
  return tf.tidy(() => {
    const { mean, logMass } = hasKernel('PrefixSoftmax')
      ? fused(inputs, options)
      : prefixSoftmaxChunkwise(inputs, options);
    const state = {
      logMass: tf.reshape<tf.Rank.R2>(tf.slice(logMass, [0, 0, T - 1], [B, H, 1]), [B, H]),
      mean: tf.reshape<tf.Rank.R3>(tf.slice(mean, [0, 0, T - 1, 0], [B, H, 1, V]), [B, H, V]),
    };
    return { mean, logMass, state };
  });
}

/**
 * The definition of {@link prefixSoftmax}: one T x T matrix of weights. O(T^2 V) time, O(T^2) memory.
 *
 * @example
 * const { mean } = prefixSoftmaxParallel({ logits: tf.zeros([1, 1, 4]), v: tf.ones([1, 1, 4, 2]) });
 */
export function prefixSoftmaxParallel(inputs: PrefixInputs): PrefixMeans {
  const { B, H, T } = checkPrefix('prefixSoftmaxParallel', inputs);
  return tf.tidy(() => {
    const { mass, weights } = prefixWeights(inputs.logits, causalMask(T));
    return {
      mean: tf.matMul(tf.reshape<tf.Rank.R4>(weights, [B, H, T, T]), inputs.v),
      logMass: tf.reshape<tf.Rank.R3>(logOf(mass), [B, H, T]),
    };
  });
}

/**
 * One token of {@link prefixSoftmax}: O(V) time, constant memory.
 *
 * @param inputs logits `[B, H, 1]` and values `[B, H, 1, V]`.
 * @returns the next state and the outputs of this token.
 * @example
 * const [state, { mean }] = prefixSoftmaxStep(emptyPrefix(1, 1, 2), { logits: tf.zeros([1, 1, 1]), v: tf.ones([1, 1, 1, 2]) });
 */
export function prefixSoftmaxStep(state: PrefixState, inputs: PrefixInputs): [PrefixState, PrefixMeans] {
  const { B, H, V } = checkPrefix('prefixSoftmaxStep', inputs, state);
  dims('prefixSoftmaxStep', { logits: [inputs.logits, 'BH1'] });
  return tf.tidy((): [PrefixState, PrefixMeans] => {
    const logit = tf.reshape(inputs.logits, [B, H]);
    const before = { top: tf.maximum(state.logMass, EMPTY_MASS), sum: tf.ones([B, H]) };
    const { mass, shareA, shareB } = join(before, { top: logit, sum: tf.ones([B, H]) });
    const logMass = tf.reshape<tf.Rank.R2>(logOf(mass), [B, H]);
    const mean = tf.add<tf.Tensor3D>(
      tf.mul(tf.expandDims(shareA, -1), state.mean),
      tf.mul(tf.expandDims(shareB, -1), tf.reshape(inputs.v, [B, H, V])),
    );
    return [
      { logMass, mean },
      {
        mean: tf.reshape<tf.Rank.R4>(mean, [B, H, 1, V]),
        logMass: tf.reshape<tf.Rank.R3>(logMass, [B, H, 1]),
      },
    ];
  });
}

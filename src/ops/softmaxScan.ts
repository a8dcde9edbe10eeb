import { dims } from '../core/shape';
import { expectInteger } from '../core/errors';
import { tf } from '../core/tf';
import type { BHT, BHTV, Matrix } from '../core/tf';
import { floats, tokens } from './check';
import { causalMask } from './linalg';

/** What a prefix softmax carries from token to token. */
export type PrefixState = {
  /** `[B, H]`: log of the summed weights so far; {@link EMPTY_MASS} before the first token. */
  logMass: tf.Tensor2D;
  /** `[B, H, V]`: the weighted mean so far. */
  mean: tf.Tensor3D;
};

/** Logits and values of a prefix softmax. */
export type PrefixInputs = {
  /** `[B, H, T]`, finite. */
  logits: BHT;
  /** `[B, H, T, V]` */
  v: BHTV;
};

/** Mean and log mass of every prefix. */
export type PrefixMeans = {
  /** `[B, H, T, V]`: `mean_i = sum_{j <= i} exp(logits_j - L_i) v_j` */
  mean: BHTV;
  /** `[B, H, T]`: `L_i = log sum_{j <= i} exp(logits_j)` */
  logMass: BHT;
};

/** Chunk length and the state before the first token. */
export interface PrefixOptions {
  /** Tokens per block of the composition; results do not depend on it. Default 64. */
  readonly chunk?: number;
  readonly state?: PrefixState;
}

/** The log mass of an empty prefix: finite, so that no infinity minus infinity can arise, and far below any logit. */
export const EMPTY_MASS = -1e30;
// strictly below EMPTY_MASS: an empty prefix must still outweigh a masked one
const MASKED = -2e30;

/** The state before the first token. */
export function emptyPrefix(batch: number, heads: number, width: number): PrefixState {
  return { logMass: tf.fill([batch, heads], EMPTY_MASS), mean: tf.zeros([batch, heads, width]) };
}

function check(where: string, { logits, v }: PrefixInputs, state?: PrefixState) {
  floats(where, { logits, v, logMass: state?.logMass, mean: state?.mean });
  const spec = { logits: [logits, 'BHT'], v: [v, 'BHTV'] } as const;
  const sizes = state
    ? dims(where, { ...spec, logMass: [state.logMass, 'BH'], mean: [state.mean, 'BHV'] })
    : dims(where, spec);
  tokens(where, sizes.T);
  return sizes;
}

/** Every prefix of the last axis: `[..., N]` -> scores `[..., N, N]`, masked above the diagonal. */
function prefixScores(logits: tf.Tensor, mask: Matrix): tf.Tensor {
  const rows = tf.expandDims(logits, -2);
  return tf.add(tf.mul(rows, mask), tf.mul(tf.sub(1, mask), MASKED));
}

function logAddExp<T extends tf.Tensor>(a: T, b: T): T {
  const top = tf.maximum(a, b);
  return tf.add(top, tf.log(tf.add(tf.exp(tf.sub(a, top)), tf.exp(tf.sub(b, top)))));
}

/** Log masses of prefixes `[..., N]` and the weights `[..., N, N]` they give to their elements. */
function prefixWeights(logits: tf.Tensor, mask: Matrix): { mass: tf.Tensor; weights: tf.Tensor } {
  const scores = prefixScores(logits, mask);
  const mass = tf.logSumExp(scores, -1);
  return { mass, weights: tf.exp(tf.sub(scores, tf.expandDims(mass, -1))) };
}

/** Running log-sum-exp over the last axis of `[B, H, T]`: the mass of {@link prefixSoftmax} without the means. */
export function prefixMass(logits: BHT): BHT {
  const [B, H, T] = logits.shape;
  return tf.tidy(() => prefixSoftmaxChunkwise({ logits, v: tf.zeros([B, H, T, 1]) }).logMass);
}

/**
 * Softmax means of every prefix in blocks of `chunk` tokens: TensorFlow.js operations only, any backend.
 *
 * Within a block a prefix is a masked row, normalised by its own log mass; block totals are prefixed the same way and
 * joined to the rows. Every exponent is <= 0, whatever the logits. O(T C V) time, O(T C) extra memory.
 */
export function prefixSoftmaxChunkwise(inputs: PrefixInputs, options: PrefixOptions = {}): PrefixMeans {
  const { B, H, T, V } = check('prefixSoftmax', inputs, options.state);
  expectInteger(options.chunk ?? 64, 'prefixSoftmax', 'chunk');
  return tf.tidy(() => {
    const C = Math.min(options.chunk ?? 64, T);
    const N = Math.ceil(T / C);
    const G = B * H;
    const padding: [number, number] = [0, N * C - T];
    const logits = tf.pad(tf.reshape<tf.Rank.R2>(inputs.logits, [G, T]), [[0, 0], padding], EMPTY_MASS);
    const values = tf.pad(tf.reshape<tf.Rank.R3>(inputs.v, [G, T, V]), [[0, 0], padding, [0, 0]]);
    const v = tf.reshape<tf.Rank.R4>(values, [G, N, C, V]);
    const local = prefixWeights(tf.reshape<tf.Rank.R3>(logits, [G, N, C]), causalMask(C));
    const localMean = tf.matMul(local.weights, v);
    const localMass = tf.reshape<tf.Rank.R3>(local.mass, [G, N, C]);

    // totals of the blocks, with the incoming state as block 0
    const state = options.state ?? emptyPrefix(B, H, V);
    const before = tf.maximum(tf.reshape<tf.Rank.R2>(state.logMass, [G, 1]), EMPTY_MASS);
    const totals = tf.concat(
      [before, tf.reshape<tf.Rank.R2>(tf.slice(localMass, [0, 0, C - 1], [G, N, 1]), [G, N])],
      1,
    );
    const totalMeans = tf.concat(
      [
        tf.reshape<tf.Rank.R3>(state.mean, [G, 1, V]),
        tf.reshape<tf.Rank.R3>(tf.slice(localMean, [0, 0, C - 1, 0], [G, N, 1, V]), [G, N, V]),
      ],
      1,
    );
    const joined = prefixWeights(totals, causalMask(N + 1));
    const carryMean = tf.slice(tf.matMul(joined.weights, totalMeans), [0, 0, 0], [G, N, V]);
    const carryMass = tf.slice(tf.reshape<tf.Rank.R2>(joined.mass, [G, N + 1]), [0, 0], [G, N]);

    const carried = tf.add(tf.reshape<tf.Rank.R3>(carryMass, [G, N, 1]), tf.zerosLike(localMass));
    const mass = logAddExp(carried, localMass);
    const mean = tf.add(
      tf.mul(tf.expandDims(tf.exp(tf.sub(carried, mass)), -1), tf.reshape(carryMean, [G, N, 1, V])),
      tf.mul(tf.expandDims(tf.exp(tf.sub(localMass, mass)), -1), localMean),
    );
    const keep = <R extends tf.Rank>(x: tf.Tensor, size: number, shape: tf.ShapeMap[R]) =>
      tf.reshape<R>(tf.slice(tf.reshape<tf.Rank.R3>(x, [G, N * C, size]), [0, 0, 0], [G, T, size]), shape);
    return { mean: keep<tf.Rank.R4>(mean, V, [B, H, T, V]), logMass: keep<tf.Rank.R3>(mass, 1, [B, H, T]) };
  });
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
  const { B, H, T, V } = check('prefixSoftmax', inputs, options.state);
  return tf.tidy(() => {
    const { mean, logMass } = prefixSoftmaxChunkwise(inputs, options);
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
  const { B, H, T } = check('prefixSoftmaxParallel', inputs);
  return tf.tidy(() => {
    const { mass, weights } = prefixWeights(inputs.logits, causalMask(T));
    return {
      mean: tf.matMul(tf.reshape<tf.Rank.R4>(weights, [B, H, T, T]), inputs.v),
      logMass: tf.reshape<tf.Rank.R3>(mass, [B, H, T]),
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
  const { B, H, V } = check('prefixSoftmaxStep', inputs, state);
  dims('prefixSoftmaxStep', { logits: [inputs.logits, 'BH1'] });
  return tf.tidy((): [PrefixState, PrefixMeans] => {
    const logit = tf.reshape<tf.Rank.R2>(inputs.logits, [B, H]);
    const before = tf.maximum<tf.Tensor2D>(state.logMass, EMPTY_MASS);
    const logMass = logAddExp(before, logit);
    const weigh = (mass: tf.Tensor2D) => tf.expandDims<tf.Tensor3D>(tf.exp(tf.sub(mass, logMass)), -1);
    const mean = tf.add<tf.Tensor3D>(
      tf.mul(weigh(before), state.mean),
      tf.mul(weigh(logit), tf.reshape(inputs.v, [B, H, V])),
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

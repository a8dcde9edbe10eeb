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

/** Checks the arguments of a prefix softmax and returns the sizes. */
export function checkPrefix(where: string, { logits, v }: PrefixInputs, state?: PrefixState) {
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

/** Sums of exponentials, kept as `exp(top) * sum`: their logarithm would round the weights of large logits. */
export type Mass = { top: tf.Tensor; sum: tf.Tensor };

/** The same numbers without a gradient: nothing depends on where a maximum lies. */
function constant(x: tf.Tensor): tf.Tensor {
  const stop = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return stop(x);
}

/** The logarithm of a mass. */
export function logOf({ top, sum }: Mass): tf.Tensor {
  return tf.add(top, tf.log(sum));
}

/** Two masses joined, and the share of either in both. */
export function join(a: Mass, b: Mass): { mass: Mass; shareA: tf.Tensor; shareB: tf.Tensor } {
  const top = constant(tf.maximum(a.top, b.top));
  const x = tf.mul(a.sum, tf.exp(tf.sub(a.top, top)));
  const y = tf.mul(b.sum, tf.exp(tf.sub(b.top, top)));
  const sum = tf.add(x, y);
  return { mass: { top, sum }, shareA: tf.div(x, sum), shareB: tf.div(y, sum) };
}

/** Masses of the prefixes `[..., N]` of elements `exp(logits) * sums` and the weights `[..., N, N]` they give to them. */
export function prefixWeights(
  logits: tf.Tensor,
  mask: Matrix,
  sums?: tf.Tensor,
): { mass: Mass; weights: tf.Tensor } {
  const scores = prefixScores(logits, mask);
  const top = constant(tf.max(scores, -1, true));
  const rises = tf.exp(tf.sub(scores, top));
  const parts = sums ? tf.mul(rises, tf.expandDims(sums, -2)) : rises;
  const sum = tf.sum(parts, -1, true);
  return { mass: { top: top.squeeze([-1]), sum: sum.squeeze([-1]) }, weights: tf.div(parts, sum) };
}

/**
 * Softmax means of every prefix in blocks of `chunk` tokens: TensorFlow.js operations only, any backend.
 *
 * Within a block a prefix is a masked row, normalised by its own mass; block totals are prefixed the same way and
 * joined to the rows. Every exponent is <= 0, whatever the logits. O(T C V) time, O(T C) extra memory.
 */
export function prefixSoftmaxChunkwise(inputs: PrefixInputs, options: PrefixOptions = {}): PrefixMeans {
  const { B, H, T, V } = checkPrefix('prefixSoftmax', inputs, options.state);
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
    const { top: localTop, sum: localSum } = local.mass;

    // totals of the blocks, with the incoming state as block 0
    const state = options.state ?? emptyPrefix(B, H, V);
    const before = tf.maximum(tf.reshape<tf.Rank.R2>(state.logMass, [G, 1]), EMPTY_MASS);
    const lastOf = (x: tf.Tensor) => tf.reshape(tf.slice(x, [0, 0, C - 1], [G, N, 1]), [G, N]);
    const tops = tf.concat([before, lastOf(localTop)], 1);
    const sums = tf.concat([tf.ones([G, 1]), lastOf(localSum)], 1);
    const means = tf.concat(
      [
        tf.reshape(state.mean, [G, 1, V]),
        tf.reshape(tf.slice(localMean, [0, 0, C - 1, 0], [G, N, 1, V]), [G, N, V]),
      ],
      1,
    );
    const totals = prefixWeights(tops, causalMask(N + 1), sums);
    const carryMean = tf.slice(tf.matMul(totals.weights, means), [0, 0, 0], [G, N, V]);
    const each = (x: tf.Tensor) =>
      tf.add(tf.reshape(tf.slice(x, [0, 0], [G, N]), [G, N, 1]), tf.zeros([G, N, C]));

    const carried = { top: each(totals.mass.top), sum: each(totals.mass.sum) };
    const joined = join(carried, { top: localTop, sum: localSum });
    const mass = logOf(joined.mass);
    const mean = tf.add(
      tf.mul(tf.expandDims(joined.shareA, -1), tf.reshape(carryMean, [G, N, 1, V])),
      tf.mul(tf.expandDims(joined.shareB, -1), localMean),
    );
    const keep = <R extends tf.Rank>(x: tf.Tensor, size: number, shape: tf.ShapeMap[R]) =>
      tf.reshape<R>(tf.slice(tf.reshape<tf.Rank.R3>(x, [G, N * C, size]), [0, 0, 0], [G, T, size]), shape);
    return { mean: keep<tf.Rank.R4>(mean, V, [B, H, T, V]), logMass: keep<tf.Rank.R3>(mass, 1, [B, H, T]) };
  });
}

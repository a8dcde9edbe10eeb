import { dims } from '../core/shape';
import { expectInteger } from '../core/errors';
import { tf } from '../core/tf';
import type { BHT, BHTV, Matrix } from '../core/tf';
import { floats, tokens } from './check';
import { causalMask } from './linalg';
import { joined, SEGMENT_BLOCKS, segments } from './segments';

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

/** What one segment hands to the next: the mass `[G, 1]`, not its logarithm, and the mean `[G, 1, V]`. */
type Carried = { mass: Mass; mean: tf.Tensor };

/** Up to {@link SEGMENT_BLOCKS} blocks of C tokens at once, `[G, T]` and `[G, T, V]` after reshaping. */
function prefixSegment(
  { logits, v }: PrefixInputs,
  C: number,
  first: Carried,
): PrefixMeans & { last: Carried } {
  const [B, H, T, V] = v.shape;
  const N = Math.ceil(T / C);
  const G = B * H;
  const padding: [number, number] = [0, N * C - T];
  const rows = tf.pad(tf.reshape<tf.Rank.R2>(logits, [G, T]), [[0, 0], padding], EMPTY_MASS);
  const values = tf.pad(tf.reshape<tf.Rank.R3>(v, [G, T, V]), [[0, 0], padding, [0, 0]]);
  const local = prefixWeights(tf.reshape<tf.Rank.R3>(rows, [G, N, C]), causalMask(C));
  const localMean = tf.matMul(local.weights, tf.reshape<tf.Rank.R4>(values, [G, N, C, V]));
  const { top: localTop, sum: localSum } = local.mass;

  // totals of the blocks, with what came before as block 0
  const lastOf = (x: tf.Tensor) => tf.reshape(tf.slice(x, [0, 0, C - 1], [G, N, 1]), [G, N]);
  const lastMean = tf.reshape(tf.slice(localMean, [0, 0, C - 1, 0], [G, N, 1, V]), [G, N, V]);
  const tops = tf.concat([first.mass.top, lastOf(localTop)], 1);
  const sums = tf.concat([first.mass.sum, lastOf(localSum)], 1);
  const totals = prefixWeights(tops, causalMask(N + 1), sums);
  const means = tf.matMul(totals.weights, tf.concat([first.mean, lastMean], 1));
  const each = (x: tf.Tensor) =>
    tf.add(tf.reshape(tf.slice(x, [0, 0], [G, N]), [G, N, 1]), tf.zeros([G, N, C]));
  const end = (x: tf.Tensor) => tf.slice(x, [0, N], [G, 1]);

  const carried = { top: each(totals.mass.top), sum: each(totals.mass.sum) };
  const both = join(carried, { top: localTop, sum: localSum });
  const mean = tf.add(
    tf.mul(tf.expandDims(both.shareA, -1), tf.reshape(tf.slice(means, [0, 0, 0], [G, N, V]), [G, N, 1, V])),
    tf.mul(tf.expandDims(both.shareB, -1), localMean),
  );
  const keep = <R extends tf.Rank>(x: tf.Tensor, size: number, shape: tf.ShapeMap[R]) =>
    tf.reshape<R>(tf.slice(tf.reshape<tf.Rank.R3>(x, [G, N * C, size]), [0, 0, 0], [G, T, size]), shape);
  return {
    mean: keep<tf.Rank.R4>(mean, V, [B, H, T, V]),
    logMass: keep<tf.Rank.R3>(logOf(both.mass), 1, [B, H, T]),
    last: {
      mass: { top: end(totals.mass.top), sum: end(totals.mass.sum) },
      mean: tf.slice(means, [0, N, 0], [G, 1, V]),
    },
  };
}

/**
 * Softmax means of every prefix in blocks of `chunk` tokens: TensorFlow.js operations only, any backend.
 *
 * Within a block a prefix is a masked row, normalised by its own mass; block totals are prefixed the same way and
 * joined to the rows. Segments of {@link SEGMENT_BLOCKS} (64) blocks follow one another, each given the totals before
 * it. Every exponent is <= 0, whatever the logits. O(T (C + 64 / C) V) time, O(T (C + V)) memory: linear in T.
 */
export function prefixSoftmaxChunkwise(inputs: PrefixInputs, options: PrefixOptions = {}): PrefixMeans {
  const { B, H, T, V } = checkPrefix('prefixSoftmax', inputs, options.state);
  expectInteger(options.chunk ?? 64, 'prefixSoftmax', 'chunk');
  return tf.tidy(() => {
    const C = Math.min(options.chunk ?? 64, T);
    const G = B * H;
    const state = options.state ?? emptyPrefix(B, H, V);
    const top = tf.maximum(tf.reshape<tf.Rank.R2>(state.logMass, [G, 1]), EMPTY_MASS);
    let carried: Carried = { mass: { top, sum: tf.ones([G, 1]) }, mean: tf.reshape(state.mean, [G, 1, V]) };
    const values = segments(inputs.v, C * SEGMENT_BLOCKS);
    const parts = segments(inputs.logits, C * SEGMENT_BLOCKS).map((logits, i) => {
      const part = prefixSegment({ logits, v: values[i] as BHTV }, C, carried);
      carried = part.last;
      return part;
    });
    return {
      mean: joined(parts.map(({ mean }) => mean)),
      logMass: joined(parts.map(({ logMass }) => logMass)),
    };
  });
}

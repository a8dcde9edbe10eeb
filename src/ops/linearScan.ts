import { expectInteger } from '../core/errors';
import { dims } from '../core/shape';
import { tf } from '../core/tf';
import type { BHT, BHTK, BHTV } from '../core/tf';
import { hasKernel, runKernels } from '../kernels/registry';
import { floats, tokens } from './check';
import { cumsum } from './cumulative';
import { causalMask } from './linalg';
import { joined, SEGMENT_BLOCKS, segments } from './segments';

/** Queries, keys, values and, optionally, log decays of a linear scan. */
export type LinearScanInputs = {
  /** `[B, H, T, K]` */
  q: BHTK;
  /** `[B, H, T, K]` */
  k: BHTK;
  /** `[B, H, T, V]` */
  v: BHTV;
  /** `[B, H, T]`, <= 0: the natural log of the factor the state is multiplied by before each token is added. */
  logDecay?: BHT;
};

/** Chunk length and the state before the first token. */
export interface LinearScanOptions {
  /** Tokens per block of the composition; results do not depend on it. Default 64. */
  readonly chunk?: number;
  /** `[B, H, K, V]`; zeros when absent. */
  readonly state?: tf.Tensor4D;
}

/** Outputs of every token and the state after the last one. */
export type LinearScanResult = {
  /** `[B, H, T, V]` */
  o: BHTV;
  /** `[B, H, K, V]` */
  state: tf.Tensor4D;
};

function check(where: string, { q, k, v, logDecay }: LinearScanInputs, state?: tf.Tensor4D) {
  floats(where, { q, k, v, logDecay, state });
  const sizes = dims(where, { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
  if (logDecay) dims(where, { q: [q, 'BHTK'], logDecay: [logDecay, 'BHT'] });
  if (state) dims(where, { k: [k, 'BHTK'], v: [v, 'BHTV'], state: [state, 'BHKV'] });
  tokens(where, sizes.T);
  return sizes;
}

/**
 * Decay from token j (exclusive) to token i (inclusive), 0 above the diagonal: `[..., N] -> [..., N, N]`.
 *
 * Sums within each column instead of differences of one running sum: a strong decay would leave its rounding error
 * on everything after it.
 */
function decayBetween(logDecay: tf.Tensor, mask: tf.Tensor2D): tf.Tensor {
  const size = mask.shape[0];
  const strict = tf.sub(mask, tf.eye(size));
  const steps = tf.mul(tf.expandDims(logDecay, -1), strict);
  return tf.mul(tf.exp(cumsum(steps, -2)), mask);
}

/**
 * Up to {@link SEGMENT_BLOCKS} blocks of C tokens at once: block states are one triangular (decayed) matrix product
 * over the blocks, with the incoming state as block 0.
 */
function scanSegment(inputs: LinearScanInputs, C: number, state?: tf.Tensor4D): LinearScanResult {
  const [B, H, T, K] = inputs.q.shape;
  const V = inputs.v.shape[3];
  const N = Math.ceil(T / C);
  const G = B * H;
  const blocks = (x: tf.Tensor, width: number) => {
    // zero tokens at the end leave the state as it is: k = 0 adds nothing, log decay 0 keeps everything
    const padded = tf.pad(tf.reshape<tf.Rank.R3>(x, [G, T, width]), [
      [0, 0],
      [0, N * C - T],
      [0, 0],
    ]);
    return tf.reshape<tf.Rank.R4>(padded, [G, N, C, width]);
  };
  const [q, k, v] = [blocks(inputs.q, K), blocks(inputs.k, K), blocks(inputs.v, V)];
  const mask = causalMask(C);
  const between = causalMask(N + 1);
  let scores = tf.mul(tf.matMul(q, k, false, true), mask);
  let queries: tf.Tensor = q;
  let keys: tf.Tensor = k;
  let carry: tf.Tensor = between;
  if (inputs.logDecay) {
    const g = tf.reshape<tf.Rank.R3>(blocks(inputs.logDecay, 1), [G, N, C]);
    const within = tf.reshape<tf.Rank.R4>(decayBetween(g, mask), [G, N, C, C]);
    scores = tf.mul(scores, within);
    queries = tf.mul(q, tf.expandDims(tf.exp(cumsum(g, -1)), -1));
    // row C - 1: decay from each token to the end of its block
    keys = tf.mul(k, tf.reshape(tf.slice(within, [0, 0, C - 1, 0], [G, N, 1, C]), [G, N, C, 1]));
    carry = decayBetween(
      tf.pad(tf.sum<tf.Tensor2D>(g, -1), [
        [0, 0],
        [1, 0],
      ]),
      between,
    );
  }
  const added = tf.reshape<tf.Rank.R3>(tf.matMul(keys, v, true, false), [G, N, K * V]);
  const first = state ? tf.reshape<tf.Rank.R3>(state, [G, 1, K * V]) : tf.zeros<tf.Rank.R3>([G, 1, K * V]);
  const states = tf.matMul<tf.Tensor3D>(carry, tf.concat([first, added], 1));
  const before = tf.reshape<tf.Rank.R4>(tf.slice(states, [0, 0, 0], [G, N, K * V]), [G, N, K, V]);
  const o = tf.add(tf.matMul(queries, before), tf.matMul(scores, v));
  const kept = tf.slice(tf.reshape<tf.Rank.R3>(o, [G, N * C, V]), [0, 0, 0], [G, T, V]);
  return {
    o: tf.reshape<tf.Rank.R4>(kept, [B, H, T, V]),
    state: tf.reshape<tf.Rank.R4>(tf.slice(states, [0, N, 0], [G, 1, K * V]), [B, H, K, V]),
  };
}

/**
 * The scan in blocks of `chunk` tokens: TensorFlow.js operations only, any backend.
 *
 * Segments of {@link SEGMENT_BLOCKS} (64) blocks follow one another, each given the state of the one before; within a
 * segment nothing loops. O(T (C (K + V) + (1 + 64 / C) K V)) time: linear in T whatever the chunk.
 */
export function linearScanChunkwise(
  inputs: LinearScanInputs,
  options: LinearScanOptions = {},
): LinearScanResult {
  const { T } = check('linearScan', inputs, options.state);
  expectInteger(options.chunk ?? 64, 'linearScan', 'chunk');
  return tf.tidy(() => {
    const C = Math.min(options.chunk ?? 64, T);
    const cut = <X extends tf.Tensor>(x: X): X[] => segments(x, C * SEGMENT_BLOCKS);
    const [k, v, logDecay] = [cut(inputs.k), cut(inputs.v), inputs.logDecay && cut(inputs.logDecay)];
    const outputs: BHTV[] = [];
    let state = options.state;
    cut(inputs.q).forEach((q, i) => {
      const piece: LinearScanInputs = { q, k: k[i] as BHTK, v: v[i] as BHTV };
      if (logDecay) piece.logDecay = logDecay[i] as BHT;
      const result = scanSegment(piece, C, state);
      outputs.push(result.o);
      state = result.state;
    });
    return { o: joined(outputs), state: state as tf.Tensor4D };
  });
}

/**
 * Causal linear attention without scale or normaliser: `S_t = exp(g_t) S_{t-1} + k_t v_t^T`, `o_t = S_t^T q_t`.
 *
 * Right gradients for q, k, v, the log decays and the incoming state, through the outputs and the final state.
 * A fused kernel where the running backend has one, {@link linearScanChunkwise} elsewhere. O(T K V) time, O(K V) state.
 *
 * @param inputs q, k `[B, H, T, K]`, v `[B, H, T, V]`, logDecay `[B, H, T]` (<= 0, optional), float32.
 * @throws ShapeError when shapes disagree, a tensor is not float32 or T is 0.
 * @example
 * const x = tf.ones<tf.Rank.R4>([1, 1, 4, 2]);
 * const { o, state } = linearScan({ q: x, k: x, v: x });
 */
export function linearScan(inputs: LinearScanInputs, options: LinearScanOptions = {}): LinearScanResult {
  if (!hasKernel('LinearScan')) return linearScanChunkwise(inputs, options);
  check('linearScan', inputs, options.state);
  expectInteger(options.chunk ?? 64, 'linearScan', 'chunk');
  const { q, k, v, logDecay } = inputs;
  const attrs = { decayed: logDecay !== undefined, stateful: options.state !== undefined };
  const given: tf.Tensor[] = [q, k, v];
  if (logDecay) given.push(logDecay);
  if (options.state) given.push(options.state);
  const [o, state] = runKernels<[BHTV, tf.Tensor4D]>('LinearScan', given, attrs);
  return { o, state };
}

/**
 * The definition of {@link linearScan}: `o = (q k^T * decay * mask) v`. O(T^2 (K + V)) time, O(T^2) memory.
 *
 * @example
 * const x = tf.ones<tf.Rank.R4>([1, 1, 4, 2]);
 * const o = linearScanParallel({ q: x, k: x, v: x });
 */
export function linearScanParallel(inputs: LinearScanInputs): BHTV {
  const { B, H, T } = check('linearScanParallel', inputs);
  return tf.tidy(() => {
    const mask = causalMask(T);
    const weights = inputs.logDecay ? decayBetween(inputs.logDecay, mask) : mask;
    const scores = tf.mul(tf.matMul(inputs.q, inputs.k, false, true), weights);
    return tf.matMul(tf.reshape<tf.Rank.R4>(scores, [B, H, T, T]), inputs.v);
  });
}

/**
 * One token of {@link linearScan}: O(K V) time, constant memory.
 *
 * @param state `[B, H, K, V]` before the token.
 * @param inputs as in {@link linearScan} with T = 1.
 * @returns the next state and the output `[B, H, 1, V]`.
 * @example
 * const x = tf.ones<tf.Rank.R4>([1, 1, 1, 2]);
 * const [state, o] = linearScanStep(tf.zeros([1, 1, 2, 2]), { q: x, k: x, v: x });
 */
export function linearScanStep(state: tf.Tensor4D, inputs: LinearScanInputs): [tf.Tensor4D, BHTV] {
  const { B, H } = check('linearScanStep', inputs, state);
  dims('linearScanStep', { v: [inputs.v, 'BH1V'] });
  return tf.tidy((): [tf.Tensor4D, BHTV] => {
    const { q, k, v, logDecay } = inputs;
    const kept = logDecay ? tf.mul<tf.Tensor4D>(state, tf.reshape(tf.exp(logDecay), [B, H, 1, 1])) : state;
    const next = tf.add<tf.Tensor4D>(kept, tf.matMul(k, v, true, false));
    return [next, tf.matMul(q, next)];
  });
}

import { expectInteger } from '../core/errors';
import { dims } from '../core/shape';
import type { BHTK, BHTV, Matrix } from '../core/tf';
import { tf } from '../core/tf';
import { causalMask } from '../ops/linalg';

/** Queries, keys and values of a softmax attention. */
export interface AttendInputs {
  /** `[B, H, Q, K]` */
  readonly q: BHTK;
  /** `[B, H, T, K]` */
  readonly k: BHTK;
  /** `[B, H, T, V]` */
  readonly v: BHTV;
}

/**
 * `[rows, columns]`: 1 where a query may look, 0 elsewhere. The last query stands on the last key, and each sees `window` tokens, its
 * own included.
 */
export function windowMask(rows: number, columns: number, window = columns): Matrix {
  if (window >= columns) return causalMask(rows, columns);
  // key j is too old for a query that also sees key j + window
  return tf.tidy(() => {
    const seen = causalMask(rows, columns);
    const outside = tf.pad(tf.slice(seen, [0, window], [rows, columns - window]), [
      [0, 0],
      [0, window],
    ]);
    return tf.sub(seen, outside);
  });
}

/** softmax(q kᵀ / sqrt(K)) where `mask` is 1, exactly 0 elsewhere: `[B, H, Q, T]`. */
function weights(q: tf.Tensor, k: tf.Tensor, mask?: Matrix): tf.Tensor {
  const width = q.shape[3] as number;
  const logits = tf.matMul(tf.mul(q, width ** -0.5), k, false, true);
  // beside -1e30 any logit is lost, and e^-1e30 is exactly 0
  return tf.softmax(mask ? tf.add(logits, tf.mul(tf.sub(mask, 1), 1e30)) : logits);
}

/**
 * softmax(q kᵀ / sqrt(K)) v: `[B, H, Q, V]`. O(Q T) memory; `mask` `[Q, T]` is 1 where a query may look. Throws `ShapeError`.
 *
 * @example
 * const o = attend({ q, k, v }, windowMask(T, T));
 */
export function attend({ q, k, v }: AttendInputs, mask?: Matrix): BHTV {
  dims('attend', { q: [q, 'BHQK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
  return tf.matMul<BHTV>(weights(q, k, mask), v);
}

/** {@link attend} that keeps no weights for the gradient: it computes them again, so a block row is the largest buffer. */
function attendRow(q: BHTK, k: BHTK, v: BHTV, mask: Matrix): BHTV {
  type Arg = tf.Tensor | tf.GradSaveFunc;
  const taped = tf.customGrad((...args: Arg[]) => {
    const [query, key, value, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([query, key, value, mask]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      tf.tidy(() => {
        const [qs, ks, vs, ms] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, Matrix];
        const scale = (qs.shape[3] as number) ** -0.5;
        const p = weights(qs, ks, ms);
        const dp = tf.matMul(dy, vs, false, true);
        const logits = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale);
        return [tf.matMul(logits, ks), tf.matMul(logits, qs, true, false), tf.matMul(p, dy, true, false)];
      });
    return { value: tf.matMul(weights(query, key, mask), value), gradFunc };
  });
  return taped(q, k, v) as BHTV;
}

/**
 * Causal softmax attention over the last `window` tokens (all by default), `chunk` queries at a time.
 *
 * The largest buffer is one block of queries against the keys they see, `[B, H, chunk, chunk + window - 1]`, in the gradient too.
 * Throws `ShapeError` or `ConfigError`.
 *
 * @example
 * const o = attendInBlocks({ q, k, v }, 64);
 */
export function attendInBlocks({ q, k, v }: AttendInputs, chunk: number, window?: number): BHTV {
  const { B, H, T, K, V } = dims('attendInBlocks', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
  expectInteger(chunk, 'attendInBlocks', 'chunk');
  const reach = window ?? T;
  const outputs: BHTV[] = [];
  for (let begin = 0; begin < T; begin += chunk) {
    const rows = Math.min(chunk, T - begin);
    const first = Math.max(0, begin - reach + 1);
    const columns = begin + rows - first;
    // the copies of keys and values add up to T² if they wait for the caller's tidy
    const row = tf.tidy((): BHTV => {
      const query: BHTK = tf.slice(q, [0, 0, begin, 0], [B, H, rows, K]);
      const key: BHTK = tf.slice(k, [0, 0, first, 0], [B, H, columns, K]);
      const value: BHTV = tf.slice(v, [0, 0, first, 0], [B, H, columns, V]);
      return attendRow(query, key, value, windowMask(rows, columns, reach));
    });
    outputs.push(row);
  }
  return outputs.length === 1 ? (outputs[0] as BHTV) : tf.concat(outputs, 2);
}

/** Keys and values seen so far, at most `window` of them; before the first token both are empty. */
export interface Cache {
  /** `[B, H, t, K]` */
  readonly k: BHTK;
  /** `[B, H, t, V]` */
  readonly v: BHTV;
  readonly [name: string]: tf.Tensor;
}

/** The cache before the first token: tensors of no tokens. */
export function emptyCache({ k, v }: AttendInputs): Cache {
  const [B, H, , K] = k.shape;
  return { k: tf.zeros<tf.Rank.R4>([B, H, 0, K]), v: tf.zeros<tf.Rank.R4>([B, H, 0, v.shape[3]]) };
}

/** Appends a token's key and value, drops what left the window, and lets the token's query read: O(t) time and memory. */
export function attendStep(
  cache: Cache,
  { q, k, v }: AttendInputs,
  window = Infinity,
): readonly [Cache, BHTV] {
  dims('attendStep', { q: [q, 'BH1K'], k: [k, 'BH1K'], v: [v, 'BH1V'] });
  const append = (past: BHTK, token: BHTK): BHTK => {
    const kept = Math.min(past.shape[2], window - 1);
    // an empty tensor joins nothing, and its gradient would have to be cut from nothing
    if (kept === 0) return token.clone();
    return tf.concat([tf.slice(past, [0, 0, past.shape[2] - kept, 0], [-1, -1, kept, -1]), token], 2);
  };
  const next = { k: append(cache.k, k), v: append(cache.v, v) };
  return [next, attend({ q, ...next })];
}

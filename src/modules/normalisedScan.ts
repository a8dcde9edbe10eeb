import { expectInteger } from '../core/errors';
import { dims } from '../core/shape';
import type { BHTK, BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { causalMask } from '../ops/linalg';
import { linearScan, linearScanStep } from '../ops/linearScan';

/** Mapped queries and keys (F features each) and values of a normalised linear attention. */
export interface MappedInputs {
  /** phi(q), `[B, H, T, F]` */
  readonly q: BHTK;
  /** phi(k), `[B, H, T, F]` */
  readonly k: BHTK;
  /** `[B, H, T, V]` */
  readonly v: BHTV;
}

/** S = sum phi(k) [v, 1]ᵀ: the sums of the numerator with those of the normaliser as one more column. */
export interface NormalisedState {
  /** `[B, H, F, V + 1]` */
  readonly S: tf.Tensor4D;
  readonly [name: string]: tf.Tensor;
}

/** Values with a column of ones: scanning them yields numerator and normaliser at once. */
function withOnes(v: BHTV): BHTV {
  const [B, H, T] = v.shape;
  return tf.concat([v, tf.ones<tf.Rank.R4>([B, H, T, 1])], 3);
}

/** Numerator / (normaliser + epsilon), from what {@link withOnes} joined. */
function divide(sums: BHTV, epsilon: number): BHTV {
  const V = sums.shape[3] - 1;
  const top: BHTV = tf.slice(sums, [0, 0, 0, 0], [-1, -1, -1, V]);
  const bottom: BHTV = tf.slice(sums, [0, 0, 0, V], [-1, -1, -1, 1]);
  return tf.div(top, tf.add(bottom, epsilon));
}

/** The definition: non-negative weights `[B, H, T, T]`, masked, divided by their row sums. O(T²) memory. */
export function normalisedWeights(weights: tf.Tensor4D, v: BHTV, epsilon: number): BHTV {
  const { T } = dims('normalisedWeights', { weights: [weights, 'BHTT'], v: [v, 'BHTV'] });
  const seen: tf.Tensor4D = tf.mul(weights, causalMask(T));
  return tf.div(tf.matMul(seen, v), tf.add(tf.sum(seen, -1, true), epsilon));
}

/** phi(q)ᵀ S / (phi(q)·z + epsilon) with prefix sums S, z, in blocks of `chunk` tokens. O(T F V) time. */
export function normalisedScan({ q, k, v }: MappedInputs, chunk: number, epsilon: number): BHTV {
  expectInteger(chunk, 'normalisedScan', 'chunk');
  dims('normalisedScan', { q: [q, 'BHTF'], k: [k, 'BHTF'], v: [v, 'BHTV'] });
  return divide(linearScan({ q, k, v: withOnes(v) }, { chunk }).o, epsilon);
}

/** The state before the first token, for `features` features. */
export function emptyNormalisedState({ v }: { readonly v: BHTV }, features: number): NormalisedState {
  const [B, H, , V] = v.shape;
  return { S: tf.zeros<tf.Rank.R4>([B, H, features, V + 1]) };
}

/** One token of {@link normalisedScan}: O(F V) time, constant memory. */
export function normalisedStep(
  state: NormalisedState,
  { q, k, v }: MappedInputs,
  epsilon: number,
): readonly [NormalisedState, BHTV] {
  dims('normalisedStep', { q: [q, 'BH1F'], k: [k, 'BH1F'], v: [v, 'BH1V'] });
  const [S, sums] = linearScanStep(state.S, { q, k, v: withOnes(v) });
  return [{ S }, divide(sums, epsilon)];
}

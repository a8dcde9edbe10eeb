import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import type { SineBasis, SineHead } from './positionBasis';
import { positionsOf, sineParts } from './positionBasis';

/** The basis as trainable variables, each `[H, P]`. */
export interface BasisParams extends Tree<tf.Variable> {
  readonly columnFrequency: tf.Variable;
  readonly columnPhase: tf.Variable;
  readonly rowFrequency: tf.Variable;
  readonly rowPhase: tf.Variable;
  readonly amplitude: tf.Variable;
}

/** P1 and P2 at some positions, each `[H, T]`. */
export interface BasisTensors {
  readonly column: tf.Tensor2D;
  readonly row: tf.Tensor2D;
}

/** Turns a basis of plain numbers into variables. */
export function basisParams(basis: SineBasis): BasisParams {
  const variable = (part: keyof SineHead): tf.Variable =>
    tf.tidy(() => tf.variable(tf.tensor2d(basis.heads.map((head) => [...head[part]]))));
  return {
    columnFrequency: variable('columnFrequency'),
    columnPhase: variable('columnPhase'),
    rowFrequency: variable('rowFrequency'),
    rowPhase: variable('rowPhase'),
    amplitude: variable('amplitude'),
  };
}

/**
 * Reads variables back as plain numbers: what a notebook plots after training.
 *
 * @example
 * const learned = basisFromParams(params.basis, { horizon: 256, span: 1 });
 */
export function basisFromParams(
  params: BasisParams,
  { horizon, span = 1 }: { readonly horizon: number; readonly span?: number },
): SineBasis {
  const [columnFrequency, columnPhase, rowFrequency, rowPhase, amplitude] = sineParts.map(
    (part) => params[part].arraySync() as number[][],
  ) as [number[][], number[][], number[][], number[][], number[][]];
  const heads = amplitude.map((c, h) => ({
    columnFrequency: columnFrequency[h] as number[],
    columnPhase: columnPhase[h] as number[],
    rowFrequency: rowFrequency[h] as number[],
    rowPhase: rowPhase[h] as number[],
    amplitude: c,
  }));
  return { horizon, span, heads };
}

/**
 * Evaluates the basis for `time` tokens from token `offset` on, differentiably. O(H · P · T).
 *
 * The float32 twin of `evaluateBasis`; past the horizon the sines go on.
 */
export function basisTensors(
  params: BasisParams,
  place: { readonly horizon: number; readonly span: number },
  time: number,
  offset = 0,
): BasisTensors {
  const n = tf.tensor3d(positionsOf(place, time, offset), [1, 1, time]);
  const amplitude = tf.expandDims(params.amplitude, 2); // [H, P, 1]
  const sum = (frequency: tf.Tensor, phase: tf.Tensor): tf.Tensor2D => {
    const angle = tf.add(tf.mul(tf.expandDims(frequency, 2), n), tf.expandDims(phase, 2)); // [H, P, T]
    return tf.sum(tf.mul(amplitude, tf.sin(angle)), 1);
  };
  return {
    column: sum(params.columnFrequency, params.columnPhase),
    row: sum(params.rowFrequency, params.rowPhase),
  };
}

import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import type { SineBasis, SineHead } from './positionBasis';
import { positionsOf, sineParts } from './positionBasis';

/** What P1 is made of, as trainable variables, each `[H, P]`. */
export interface ColumnParams extends Tree<tf.Variable> {
  readonly columnFrequency: tf.Variable;
  readonly columnPhase: tf.Variable;
  readonly amplitude: tf.Variable;
}

/** The whole basis as trainable variables, each `[H, P]`. */
export interface BasisParams extends ColumnParams {
  readonly rowFrequency: tf.Variable;
  readonly rowPhase: tf.Variable;
}

/** Where tokens stand; see `SineBasis`. */
export interface Place {
  readonly horizon: number;
  readonly span: number;
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
 * P1 `[H, T]` for `time` tokens from token `offset` on, differentiably: the float32 twin of `evaluateBasis`.
 * O(H · P · T). Past the horizon the sines go on.
 */
export function columnTensor(params: ColumnParams, place: Place, time: number, offset = 0): tf.Tensor2D {
  return sines(params.columnFrequency, params.columnPhase, params.amplitude, place, time, offset);
}

/** P2 `[H, T]`; otherwise as {@link columnTensor}. */
export function rowTensor(params: BasisParams, place: Place, time: number, offset = 0): tf.Tensor2D {
  return sines(params.rowFrequency, params.rowPhase, params.amplitude, place, time, offset);
}

function sines(
  frequency: tf.Tensor,
  phase: tf.Tensor,
  amplitude: tf.Tensor,
  place: Place,
  time: number,
  offset: number,
): tf.Tensor2D {
  const n = tf.tensor3d(positionsOf(place, time, offset), [1, 1, time]);
  const angle = tf.add(tf.mul(tf.expandDims(frequency, 2), n), tf.expandDims(phase, 2)); // [H, P, T]
  return tf.sum(tf.mul(tf.expandDims(amplitude, 2), tf.sin(angle)), 1);
}

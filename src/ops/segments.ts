import { tf } from '../core/tf';

/**
 * Blocks whose totals are joined by one triangular product. A longer sequence goes on segment by segment: the product
 * of all blocks at once would grow with the square of their number.
 */
export const SEGMENT_BLOCKS = 64;

/** Cuts axis 2 (time) into pieces of `length` and what is left over. The gradient joins them again: linear in T, unlike slices'. */
export function segments<T extends tf.Tensor>(x: T, length: number): T[] {
  const time = x.shape[2] ?? 0;
  if (time <= length) return [x];
  const whole = Math.floor(time / length);
  const sizes = Array.from({ length: whole }, () => length);
  if (time > whole * length) sizes.push(time - whole * length);
  return tf.split(x, sizes, 2);
}

/** The pieces in one again. */
export function joined<T extends tf.Tensor>(pieces: readonly T[]): T {
  return pieces.length === 1 ? (pieces[0] as T) : tf.concat<T>([...pieces], 2);
}

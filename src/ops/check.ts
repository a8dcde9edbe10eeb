import { ShapeError } from '../core/errors';
import type { tf } from '../core/tf';

/**
 * Throws a {@link ShapeError} unless every given tensor is float32. A fused kernel reads raw memory, so an int32
 * tensor would not fail there: it would be misread.
 */
export function floats(where: string, tensors: Readonly<Record<string, tf.Tensor | undefined>>): void {
  for (const [name, tensor] of Object.entries(tensors))
    if (tensor !== undefined && tensor.dtype !== 'float32')
      throw new ShapeError(`${where}: argument '${name}' must be float32, got ${tensor.dtype}`);
}

/** The axis counted from the front; throws a {@link ShapeError} when `x` has no such axis. */
export function axisOf(where: string, x: tf.Tensor, axis: number): number {
  const index = axis < 0 ? axis + x.rank : axis;
  if (!Number.isInteger(axis) || index < 0 || index >= x.rank)
    throw new ShapeError(
      `${where}: argument 'axis' must be an axis of a tensor of shape [${x.shape.join(', ')}], got ${axis}`,
    );
  return index;
}

/** Throws a {@link ShapeError} when a scan gets no token at all. */
export function tokens(where: string, time: number): void {
  if (time < 1) throw new ShapeError(`${where}: argument 'T' must be at least one token, got ${time}`);
}

import { ConfigError, ShapeError } from '../core/errors';
import type { tf } from '../core/tf';

/**
 * Checks that token ids are int32 numbers from 0 to vocabulary - 1; a backend answers others with an error of its own, or
 * with numbers from nowhere. Throws `ShapeError` on another dtype and `ConfigError` on a stray id. O(ids).
 */
export function checkIds(where: string, ids: tf.Tensor, vocabulary: number): void {
  if (ids.dtype !== 'int32')
    throw new ShapeError(`${where}: argument 'ids' must have dtype int32, got ${ids.dtype}`);
  for (const id of ids.dataSync<'int32'>()) {
    if (id < 0 || id >= vocabulary)
      throw new ConfigError(`${where}: argument 'ids' must be from 0 to ${vocabulary - 1}, got ${id}`);
  }
}

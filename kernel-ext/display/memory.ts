import { createRequire } from 'node:module';
import type * as Core from '../../src/core/tf';

/**
 * What the process holds, in one line: tensors and their bytes, and the memory of the whole process.
 *
 * @example
 * console.log(memory()); // 42 tensors, 1.7 MB in tensors, 310 MB in the process
 */
export function memory(): string {
  // TensorFlow.js takes a second to load: only for those who ask
  const { tf } = createRequire(__filename)('../../src/core/tf') as typeof Core;
  const { numTensors, numBytes } = tf.memory();
  const { rss } = process.memoryUsage();
  return `${numTensors} tensors, ${megabytes(numBytes)} in tensors, ${megabytes(rss)} in the process`;
}

function megabytes(bytes: number): string {
  const size = bytes / 1e6;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MB`;
}

import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

/**
 * Sums rows by segment: the gradient of tf.gather, so of every embedding. The stock wasm backend has no such kernel.
 */
export function unsortedSegmentSum(fallback: Kernel): Kernel {
  return (call) => {
    const x = input(call, 'x');
    const ids = input(call, 'segmentIds');
    const segments = Number(call.attrs['numSegments']);
    if (x.dtype !== 'float32' || ids.dtype !== 'int32' || ids.shape.length !== 1) return fallback(call);
    const memory = memoryOf(call.backend);
    const [rows = 0, ...rest] = x.shape;
    const width = rest.reduce((a, b) => a * b, 1);
    const out = memory.output([segments, ...rest]);
    memory.call.segmentSum(
      memory.pointer(x),
      memory.pointer(ids),
      memory.pointer(out),
      rows,
      width,
      segments,
    );
    return out;
  };
}

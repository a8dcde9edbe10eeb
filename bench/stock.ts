import { createRequire } from 'node:module';
import util from 'node:util';
import { tf } from '../src/core/tf';

/** Loads tfjs-node as published; Node 23 and later lack two functions that it calls. */
export function loadStockTensorflow(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  const old = util as unknown as Record<string, unknown>;
  old['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  old['isArray'] ??= Array.isArray;
  createRequire(__filename)('@tensorflow/tfjs-node');
}

/**
 * What a user of stock wasm does about its missing embedding gradient: a matrix product with one-hot rows. (The cpu
 * backend's kernel would do, too, but loops over the whole vocabulary.)
 */
export function addEmbeddingGradient(): void {
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc({ inputs, attrs }) {
      const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
      const segments = (attrs as unknown as { numSegments: number }).numSegments;
      return tf.tidy(() => {
        const rows = tf.oneHot(tf.reshape(segmentIds, [-1]).toInt(), segments).toFloat();
        const width = x.shape.slice(segmentIds.rank);
        const flat = tf.reshape(x, [rows.shape[0], -1]);
        return tf.reshape(tf.matMul(rows, flat, true), [segments, ...width]);
      });
    },
  });
}

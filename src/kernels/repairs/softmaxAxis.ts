import { createRequire } from 'node:module';
import { tf } from '../../core/tf';
import { undoAll } from '../registry';
import type { Repair } from './repair';

type Softmax = (logits: tf.Tensor | tf.TensorLike, dim?: number) => tf.Tensor;

/** The module inside @tensorflow/tfjs that defines the operations; what tfjs exports are live views of its exports. */
function operations(): { softmax: Softmax } {
  const inside = createRequire(createRequire(__filename).resolve('@tensorflow/tfjs'));
  return inside('@tensorflow/tfjs-core') as { softmax: Softmax };
}

function anyAxis(stock: Softmax): Softmax {
  return (logits, dim = -1) =>
    tf.tidy(() => {
      const x = logits instanceof tf.Tensor ? logits : tf.tensor(logits);
      const axis = dim < 0 ? dim + x.rank : dim;
      const last = x.rank - 1;
      // the stock operation for the last axis, and for its errors
      if (axis >= last || axis < 0) return stock(x, axis === last ? -1 : dim);
      // swapping two axes is its own inverse
      const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
      return tf.transpose(stock(tf.transpose(x, order), -1), order);
    });
}

/**
 * softmax along any axis. The check sits in the operation, before any kernel, so this one is repaired in the exports of
 * tfjs-core. Code that took `softmax` out of an ES module namespace before initBackend keeps the stock one.
 */
export const softmaxAxis: Repair = {
  name: 'softmaxAxis',
  reason: 'softmax along any axis but the last throws',
  backends: ['wasm', 'tensorflow', 'cpu'],
  apply: () => {
    const module = operations();
    const stock = module.softmax;
    const repaired = anyAxis(stock);
    const method = tf.Tensor.prototype.softmax;
    module.softmax = repaired;
    tf.Tensor.prototype.softmax = function <T extends tf.Tensor>(this: T, dim?: number): T {
      return repaired(this, dim) as T;
    };
    return undoAll([
      () => {
        module.softmax = stock;
        tf.Tensor.prototype.softmax = method;
      },
    ]);
  },
};

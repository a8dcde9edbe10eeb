import { tf } from '../../core/tf';
import { undoAll, wrapMethod } from '../registry';
import type { Repair } from './repair';

/** A private copy of a typed array; anything else as it is. */
function copyOf(values: unknown): unknown {
  return ArrayBuffer.isView(values) && !(values instanceof DataView)
    ? (values as Float32Array).slice()
    : values;
}

/** A tensor owns its numbers. */
export const typedArrayAliasing: Repair = {
  name: 'typedArrayAliasing',
  reason:
    'tf.tensor(array) may share memory with the array (always on cpu, by alignment on tensorflow) and dataSync may hand out the memory itself: writing to either changes the tensor',
  backends: ['cpu', 'tensorflow'],
  apply: () => {
    const engine = tf.engine();
    return undoAll([
      wrapMethod(
        engine,
        'makeTensor',
        (stock) =>
          function (values, ...rest) {
            return stock.call(this, copyOf(values), ...rest);
          },
      ),
      wrapMethod(
        engine,
        'readSync',
        (stock) =>
          function (...given) {
            return copyOf(stock.apply(this, given));
          },
      ),
      wrapMethod(
        engine,
        'read',
        (stock) =>
          async function (...given) {
            return copyOf(await stock.apply(this, given));
          },
      ),
    ]);
  },
};

import { tf } from '../../core/tf';
import { replaceGradient } from '../registry';
import { asArray, everywhere, only, saved } from './repair';
import type { Repair } from './repair';

/** The gradient of tile, and so of broadcastTo. */
export const tileGradient: Repair = {
  name: 'tileGradient',
  reason: 'the gradient of tile and broadcastTo throws from rank 5 on, and is one slice per copy below',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'Tile',
      inputsToSave: ['x'],
      gradFunc: (dy, tensors, { reps }) => {
        const { shape } = saved(tensors, 0);
        return {
          x: () => {
            // axis by axis: the copies of an axis lie one behind the other
            let sum = only(dy);
            const copies = Array.isArray(reps) ? reps.map(Number) : [];
            shape.forEach((length, axis) => {
              if (copies[axis] === 1) return;
              const before = sum.shape.slice(0, axis);
              const after = sum.shape.slice(axis + 1);
              const outer = before.reduce((a, b) => a * b, 1);
              const inner = length * after.reduce((a, b) => a * b, 1);
              sum = tf.reshape(tf.sum(tf.reshape(sum, [outer, copies[axis] ?? 1, inner]), 1), [
                ...before,
                length,
                ...after,
              ]);
            });
            return tf.reshape(sum, shape);
          },
        };
      },
    }),
};

/** The gradient of split into any number of parts. */
export const splitGradient: Repair = {
  name: 'splitGradient',
  reason: 'the gradient of split throws for one part: a single gradient comes alone, not in a list',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'SplitV',
      gradFunc: (dys, _saved, { axis }) => ({ x: () => tf.concat(asArray(dys), Number(axis)) }),
    }),
};

/** The gradient of unstack of any number of parts; linalg.bandPart is built on it. */
export const unstackGradient: Repair = {
  name: 'unstackGradient',
  reason: 'the gradient of unstack, and so of linalg.bandPart of one matrix, throws for one part',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'Unpack',
      gradFunc: (dys, _saved, { axis }) => ({ value: () => tf.stack(asArray(dys), Number(axis)) }),
    }),
};

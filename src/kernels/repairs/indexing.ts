import { tf } from '../../core/tf';
import { replaceGradient } from '../registry';
import { asArray, everywhere, only, saved } from './repair';
import type { Repair } from './repair';

// indices are integers: whatever is asked of them, their gradient is zero
const zeros = (x: tf.Tensor) => () => tf.zeros(x.shape);

export const gatherNdGradient: Repair = {
  name: 'gatherNdGradient',
  reason: 'gatherND has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'GatherNd',
      inputsToSave: ['params', 'indices'],
      gradFunc: (dy, tensors) => {
        const [params, indices] = [saved(tensors, 0), saved(tensors, 1)];
        // scatterND adds what meets in one place
        return { params: () => tf.scatterND(indices, only(dy), params.shape), indices: zeros(indices) };
      },
    }),
};

export const scatterNdGradient: Repair = {
  name: 'scatterNdGradient',
  reason: 'scatterND has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'ScatterNd',
      inputsToSave: ['indices'],
      gradFunc: (dy, tensors) => {
        const indices = saved(tensors, 0);
        return { updates: () => tf.gatherND(only(dy), indices), indices: zeros(indices) };
      },
    }),
};

export const tensorScatterUpdateGradient: Repair = {
  name: 'tensorScatterUpdateGradient',
  reason: 'tensorScatterUpdate has no gradient (given here for indices that differ from each other)',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'TensorScatterUpdate',
      inputsToSave: ['indices', 'updates'],
      gradFunc: (dy, tensors) => {
        const [indices, updates] = [saved(tensors, 0), saved(tensors, 1)];
        return {
          tensor: () => tf.tensorScatterUpdate(only(dy), indices, tf.zeros(updates.shape)),
          updates: () => tf.gatherND(only(dy), indices),
          indices: zeros(indices),
        };
      },
    }),
};

export const topKGradient: Repair = {
  name: 'topKGradient',
  reason: 'topk has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'TopK',
      inputsToSave: ['x'],
      outputsToSave: [false, true],
      gradFunc: (dys, tensors) => {
        const [x, indices] = [saved(tensors, 0), saved(tensors, 1)];
        const width = x.shape[x.rank - 1] ?? 1;
        return {
          x: () => {
            const chosen = tf.cast(tf.oneHot(tf.cast(indices, 'int32'), width), 'float32');
            return tf.sum(tf.mul(chosen, tf.expandDims(saved(asArray(dys), 0), -1)), -2);
          },
        };
      },
    }),
};

export const stridedSliceGradient: Repair = {
  name: 'stridedSliceGradient',
  reason: 'stridedSlice has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'StridedSlice',
      inputsToSave: ['x'],
      gradFunc: (dy, tensors, attrs) => {
        const x = saved(tensors, 0);
        return {
          // the same slice of the places 0 .. size - 1 tells where each number came from
          x: () => {
            const places = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape);
            const from = tf.engine().runKernel<tf.Tensor>('StridedSlice', { x: places }, attrs);
            const flat = tf.reshape(only(dy), [from.size]);
            return tf.reshape(tf.scatterND(tf.reshape(from, [from.size, 1]), flat, [x.size]), x.shape);
          },
        };
      },
    }),
};

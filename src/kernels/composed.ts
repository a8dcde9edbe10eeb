import { tf } from '../core/tf';
import type { Kernel } from './registry';

/** Runs tensor operations inside a kernel: nothing of them is taped, and their result is handed over as the output. */
export function composed(compute: (tensors: tf.Tensor[], attrs: tf.NamedAttrMap) => tf.Tensor): Kernel {
  return ({ inputs, attrs, backend }) => {
    const { incRef } = backend as { incRef(id: tf.DataId): void };
    const own = (info: tf.TensorInfo) => {
      incRef.call(backend, info.dataId);
      return tf.engine().makeTensorFromTensorInfo(info);
    };
    const tensors = Object.values(inputs).flatMap((info) => (info ? [own(info)] : []));
    const result = tf.tidy(() => compute(tensors, attrs));
    const { dataId, shape, dtype } = result;
    incRef.call(backend, dataId);
    tf.dispose([result, ...tensors]);
    return { dataId, shape, dtype };
  };
}

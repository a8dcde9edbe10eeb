import { tf } from '../core/tf';

/** What kernels use of the cpu backend. */
export interface CpuBackend {
  readonly data: { get(id: tf.DataId): { values: tf.TypedArray } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.TypedArray): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

/** The cpu backend, made on first use; the running backend stays the running one. */
export function cpuBackend(): CpuBackend {
  const backend: unknown = tf.engine().findBackend('cpu');
  return backend as CpuBackend;
}

import { tf } from '../../core/tf';
import { batches } from '../broadcast';
import { cpuBackend } from '../cpu';
import type { CpuBackend } from '../cpu';
import { input, kernelOf, replaceGradient, replaceKernel } from '../registry';
import type { Kernel } from '../registry';
import { batchMatMul } from '../wasm/matmul';
import { everywhere, only, saved } from './repair';
import type { Repair } from './repair';

/** Sums `gradient` over the axes along which `shape` was broadcast. */
function reduceTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

/** The gradient of `b` where one matrix `b` served the whole batch: one product over all rows, no sum afterwards. */
function sharedRight(a: tf.Tensor, dy: tf.Tensor, b: tf.Tensor, transposeB: boolean): tf.Tensor {
  const rows = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]);
  const [x, g] = [rows(a), rows(dy)];
  return tf.reshape(transposeB ? tf.matMul(g, x, true, false) : tf.matMul(x, g, true, false), b.shape);
}

/** The gradient of every matMul, batch broadcasting included. */
export const matMulGradient: Repair = {
  name: 'matMulGradient',
  reason:
    'the gradient of matMul with a broadcast batch, [B, T, D] x [D, E] among them, throws: it is not summed over the batch (tfjs #8721)',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'BatchMatMul',
      inputsToSave: ['a', 'b'],
      gradFunc: (dys, tensors, attrs) => {
        const [dy, a, b] = [only(dys), saved(tensors, 0), saved(tensors, 1)];
        const ta = attrs['transposeA'] === true;
        const tb = attrs['transposeB'] === true;
        const batch = (x: tf.Tensor) => x.shape.slice(0, -2).reduce((n, length) => n * length, 1);
        const shared = !ta && batch(b) === 1 && batch(a) > 1 && batch(a) === batch(dy);
        return {
          a: () => reduceTo(ta ? tf.matMul(b, dy, tb, true) : tf.matMul(dy, b, false, !tb), a.shape),
          b: () =>
            shared
              ? sharedRight(a, dy, b, tb)
              : reduceTo(tb ? tf.matMul(dy, a, true, ta) : tf.matMul(a, dy, !ta, false), b.shape),
        };
      },
    }),
};

/** The kernel of the wasm backend. */
export const wasmMatMul: Repair = {
  name: 'wasmMatMul',
  reason:
    'the wasm kernel gives wrong numbers where both batches are broadcast ([2, 1, M, K] x [1, 3, K, N]) and is a scalar loop for all but one untransposed product',
  backends: ['wasm'],
  apply: () => replaceKernel('BatchMatMul', 'wasm', batchMatMul),
};

/** The matrices of `info` repeated in the order of `table`. */
function gather(
  cpu: CpuBackend,
  info: tf.TensorInfo,
  table: Int32Array,
  batch: readonly number[],
): tf.TensorInfo {
  const matrix = info.shape.slice(-2);
  const size = matrix.reduce((x, y) => x * y, 1);
  const values = cpu.data.get(info.dataId).values;
  const repeated = new Float32Array(table.length * size);
  table.forEach((from, i) => repeated.set(values.subarray(from * size, (from + 1) * size), i * size));
  return cpu.makeTensorInfo([...batch, ...matrix], 'float32', repeated);
}

/** The kernel of the cpu backend. */
export const cpuMatMul: Repair = {
  name: 'cpuMatMul',
  reason:
    'the cpu kernel gives wrong numbers where one batch axis is broadcast and another is not ([2, 3, M, K] x [2, 1, K, N])',
  backends: ['cpu'],
  apply: () => {
    const stock = kernelOf('BatchMatMul', 'cpu');
    if (!stock) return () => undefined;
    const kernel: Kernel = (call) => {
      const [a, b] = [input(call, 'a'), input(call, 'b')];
      const { shape, offsetsA, offsetsB } = batches(a.shape.slice(0, -2), b.shape.slice(0, -2));
      const batchOf = (x: tf.TensorInfo) => x.shape.slice(0, -2).reduce((n, length) => n * length, 1);
      const whole = (x: tf.TensorInfo) => batchOf(x) === offsetsA.length || batchOf(x) === 1;
      if ((whole(a) && whole(b)) || a.dtype !== 'float32' || b.dtype !== 'float32') return stock(call);
      const cpu = cpuBackend();
      const pair = { a: gather(cpu, a, offsetsA, shape), b: gather(cpu, b, offsetsB, shape) };
      const out = stock({ ...call, inputs: pair });
      cpu.disposeIntermediateTensorInfo(pair.a);
      cpu.disposeIntermediateTensorInfo(pair.b);
      return out;
    };
    return replaceKernel('BatchMatMul', 'cpu', kernel);
  },
};

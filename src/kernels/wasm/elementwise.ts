import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../../core/tf';
import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Each makes a kernel of ours, given the stock one for the cases ours leaves out. */
type Faster = (stock: Kernel) => Kernel;

function unary(name: 'exponential' | 'errorFunction'): Faster {
  return (stock) => (call) => {
    const x = input(call, 'x');
    if (x.dtype !== 'float32') return stock(call);
    const memory = memoryOf(call.backend);
    const y = memory.output(x.shape);
    memory.call[name](memory.pointer(x), memory.pointer(y), product(x.shape));
    return y;
  };
}

function extreme(maximum: 0 | 1): Faster {
  return (stock) => (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    // whichever side is one number goes second
    const [x, other] = product(b.shape) > 1 && product(a.shape) === 1 ? [b, a] : [a, b];
    const same = tf.util.arraysEqual(x.shape, other.shape);
    const single = product(other.shape) === 1 && other.shape.length <= x.shape.length;
    if (x.dtype !== 'float32' || other.dtype !== 'float32' || !(same || single)) return stock(call);
    const memory = memoryOf(call.backend);
    const y = memory.output(x.shape);
    const [px, po, py] = [memory.pointer(x), memory.pointer(other), memory.pointer(y)];
    memory.call.extreme(px, po, py, product(x.shape), same ? 0 : 1, maximum);
    return y;
  };
}

/** Sums over neighbouring axes in one pass; the stock kernel transposes first unless they are the last ones. */
function reduce(kind: 'sum' | 'mean'): Faster {
  return (stock) => (call) => {
    const x = input(call, 'x');
    const { axis, keepDims } = call.attrs;
    const axes = tf.util.parseAxisParam(axis as number | number[], x.shape).sort((p, q) => p - q);
    const [first = 0, last = -1] = [axes[0], axes[axes.length - 1]];
    const together = last - first + 1 === axes.length;
    if (x.dtype !== 'float32' || !together || axes.length === 0) return stock(call);
    const memory = memoryOf(call.backend);
    const shape = x.shape.flatMap((n, i) => (axes.includes(i) ? (keepDims === true ? [1] : []) : [n]));
    const y = memory.output(shape);
    const n = product(x.shape.slice(first, last + 1));
    const [outer, inner] = [product(x.shape.slice(0, first)), product(x.shape.slice(last + 1))];
    memory.call.reduceSum(memory.pointer(x), memory.pointer(y), outer, n, inner, kind === 'mean' ? 1 / n : 1);
    return y;
  };
}

const gather: Faster = (stock) => (call) => {
  const [x, indices] = [input(call, 'x'), input(call, 'indices')];
  const axis = tf.util.parseAxisParam(Number(call.attrs['axis']), x.shape)[0] ?? 0;
  const length = x.shape[axis] ?? 0;
  if (x.dtype !== 'float32' || indices.dtype !== 'int32' || Number(call.attrs['batchDims'] ?? 0) !== 0)
    return stock(call);
  const wasm = call.backend as BackendWasm;
  const ids = wasm.readSync(indices.dataId) as Int32Array;
  for (const id of ids)
    if (id < 0 || id >= length)
      throw new Error(`GatherV2: the index value ${id} is not in [0, ${length - 1}]`);
  const memory = memoryOf(call.backend);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const y = memory.output([...before, ...indices.shape, ...after]);
  const [px, pi, py] = [memory.pointer(x), memory.pointer(indices), memory.pointer(y)];
  memory.call.gatherRows(px, pi, py, product(before), length, ids.length, product(after));
  return y;
};

/**
 * A second name for the same numbers. The stock kernel copies them, and the engine asks for one of every tensor that it
 * keeps for the backward pass.
 */
const identity: Faster = (stock) => (call) => {
  const x = input(call, 'x');
  if (x.dtype === 'string') return stock(call);
  (call.backend as BackendWasm).incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** Stock kernels of the wasm backend that ours replace for speed alone. */
export const fasterKernels: Readonly<Record<string, Faster>> = {
  Identity: identity,
  Exp: unary('exponential'),
  Erf: unary('errorFunction'),
  Minimum: extreme(0),
  Maximum: extreme(1),
  Sum: reduce('sum'),
  Mean: reduce('mean'),
  GatherV2: gather,
};

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../../core/tf';
import { BackendError } from '../../core/errors';
import { cpuBackend } from '../cpu';
import { input, kernelOf, replaceKernel, undoAll } from '../registry';
import type { Kernel, KernelCall } from '../registry';
import { unsortedSegmentSum } from '../wasm/segmentSum';
import { composedEinsum } from './einsum';
import type { Repair } from './repair';

/**
 * A cpu kernel for the wasm backend: inputs are copied out of the wasm heap, outputs into it.
 */
export function forwarded(name: string, kernel: Kernel): Kernel {
  return (call: KernelCall) => {
    const cpu = cpuBackend();
    const wasm = call.backend as BackendWasm;
    const made: tf.TensorInfo[] = [];
    const toCpu = (info: tf.TensorInfo): tf.TensorInfo => {
      const copy = cpu.makeTensorInfo(info.shape, info.dtype, wasm.readSync(info.dataId) as tf.TypedArray);
      made.push(copy);
      return copy;
    };
    const toWasm = (info: tf.TensorInfo): tf.TensorInfo => {
      if (info.dtype === 'complex64' || info.dtype === 'string')
        throw new BackendError(
          `${name}: the wasm backend cannot hold ${info.dtype}; use the tensorflow or cpu backend`,
        );
      const moved = wasm.makeOutput(info.shape, info.dtype, undefined, cpu.data.get(info.dataId).values);
      cpu.disposeIntermediateTensorInfo(info);
      return moved;
    };
    // an input may be one tensor or, for kernels of many tensors, a list
    const inputs: tf.NamedTensorInfoMap = {};
    for (const [key, info] of Object.entries(call.inputs)) if (info) inputs[key] = toCpu(info);
    try {
      const given = Array.isArray(call.inputs)
        ? (Object.values(inputs) as unknown as tf.NamedTensorInfoMap)
        : inputs;
      const out = kernel({ inputs: given, attrs: call.attrs, backend: cpu });
      return Array.isArray(out) ? out.map(toWasm) : toWasm(out);
    } finally {
      for (const info of made) cpu.disposeIntermediateTensorInfo(info);
    }
  };
}

/** The kernels that matter for speed are our own; a forwarded one serves the cases they leave out. */
function withOwn(name: string, copy: Kernel): Kernel {
  if (name === 'UnsortedSegmentSum') return unsortedSegmentSum(copy);
  return name === 'Einsum' ? composedEinsum(copy) : copy;
}

/** Every kernel that the cpu backend has and the wasm backend lacks. */
export const missingWasmKernels: Repair = {
  name: 'missingWasmKernels',
  reason:
    'the wasm backend has no UnsortedSegmentSum (gradient of gather, so of embeddings), Conv2DBackpropFilter, DepthwiseConv2dNativeBackprop*, Einsum and others',
  backends: ['wasm'],
  apply: () => {
    const undos = tf.getKernelsForBackend('cpu').flatMap(({ kernelName }) => {
      const kernel = kernelOf(kernelName, 'cpu');
      if (!kernel || kernelOf(kernelName, 'wasm')) return [];
      return [replaceKernel(kernelName, 'wasm', withOwn(kernelName, forwarded(kernelName, kernel)))];
    });
    return undoAll(undos);
  },
};

/** Strided slices of integers. */
export const wasmStridedSlice: Repair = {
  name: 'wasmStridedSlice',
  reason: 'stridedSlice of an int32 tensor comes out as float32 on wasm, its bits misread',
  backends: ['wasm'],
  apply: () => {
    const stock = kernelOf('StridedSlice', 'wasm');
    if (!stock) return () => undefined;
    return replaceKernel('StridedSlice', 'wasm', (call) => {
      const out = stock(call);
      const { dtype } = input(call, 'x');
      if (Array.isArray(out) || out.dtype === dtype) return out;
      // the bits were copied rightly; only the label is wrong
      (call.backend as BackendWasm).dataIdMap.get(out.dataId).dtype = dtype;
      return { ...out, dtype };
    });
  },
};

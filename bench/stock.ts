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

interface CpuBackend {
  makeTensorInfo(shape: number[], dtype: string, values: unknown): tf.TensorInfo;
  data: { get(id: object): { values: unknown } };
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}
interface WasmBackend {
  readSync(id: object): unknown;
  makeOutput(shape: number[], dtype: string, offset: undefined, values: unknown): tf.TensorInfo;
}

/** What a user of stock wasm does about a kernel it lacks: runs the cpu backend's, copying there and back. */
export function forwardMissingKernels(names: string[]): void {
  const cpu = tf.findBackend('cpu') as unknown as CpuBackend;
  for (const kernelName of names) {
    const kernel = tf.getKernel(kernelName, 'cpu');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc({ inputs, attrs, backend }) {
        const wasm = backend as unknown as WasmBackend;
        const copies = Object.entries(inputs).map(([name, tensor]) => {
          const info = tensor as tf.TensorInfo;
          return [name, cpu.makeTensorInfo(info.shape, info.dtype, wasm.readSync(info.dataId))] as const;
        });
        const made = kernel.kernelFunc({
          inputs: Object.fromEntries(copies),
          attrs: attrs ?? {},
          backend: cpu,
        }) as tf.TensorInfo;
        const result = wasm.makeOutput(made.shape, made.dtype, undefined, cpu.data.get(made.dataId).values);
        for (const info of [made, ...copies.map(([, copy]) => copy)]) cpu.disposeIntermediateTensorInfo(info);
        return result;
      },
    });
  }
}

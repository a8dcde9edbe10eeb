import type { tf } from '../../core/tf';
import { input, kernelOf, replaceKernel } from '../registry';
import type { Kernel, KernelCall } from '../registry';
import { batchMatMul } from '../wasm/matmul';
import type { Repair } from './repair';

const activations: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/** Runs another kernel of the backend and frees `used`. */
function then(
  call: KernelCall,
  name: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
  used: tf.TensorInfo,
) {
  const kernel = kernelOf(name, 'wasm');
  if (!kernel) throw new Error(`the wasm backend has no kernel ${name}`);
  const out = kernel({ inputs, attrs, backend: call.backend });
  (call.backend as { disposeData(id: tf.DataId): boolean }).disposeData(used.dataId);
  return Array.isArray(out) ? (out[0] ?? used) : out;
}

const fusedMatMul: Kernel = (call) => {
  const { bias, preluActivationWeights } = call.inputs;
  const product = batchMatMul({ ...call, inputs: { a: input(call, 'a'), b: input(call, 'b') } });
  let out = Array.isArray(product) ? (product[0] ?? input(call, 'a')) : product;
  if (bias) out = then(call, 'Add', { a: out, b: bias }, {}, out);
  const name = String(call.attrs['activation'] ?? 'linear');
  const activation = activations[name];
  if (!activation) {
    if (name !== 'linear') throw new Error(`fused.matMul: there is no activation '${name}'`);
    return out;
  }
  const alpha = { alpha: Number(call.attrs['leakyreluAlpha'] ?? 0.2) };
  const weights = name === 'prelu' && preluActivationWeights ? { alpha: preluActivationWeights } : {};
  return then(call, activation, { x: out, ...weights }, alpha, out);
};

/** fused.matMul on wasm, which dense layers use outside of gradients. */
export const wasmFusedMatMul: Repair = {
  name: 'wasmFusedMatMul',
  reason:
    'batched or transposed, the wasm kernel adds the bias once per block of 48 and applies the activation to partial sums: silently wrong',
  backends: ['wasm'],
  apply: () => replaceKernel('_FusedMatMul', 'wasm', fusedMatMul),
};

import { tf } from '../core/tf';
import { asArray, only, saved } from './repairs/repair';
import type { BackendName } from './repairs';
import { kernelOf, replaceGradient, replaceKernel, runKernels } from './registry';
import type { Kernel } from './registry';
import { causalConv, causalConvGrad, depthwiseCausalConv, depthwiseCausalConvGrad } from './wasm/causalConv';
import { cumsum } from './wasm/cumsum';
import { fasterKernels } from './wasm/elementwise';
import { linearScan, linearScanGrad } from './wasm/linearScan';
import { memoryOf } from './wasm/memory';
import { prefixSoftmax, prefixSoftmaxGrad } from './wasm/prefixSoftmax';

// A gradient kernel runs once and at once, inside gradFunc: the closures of a gradient each run in a tidy of their own,
// which would free what another of them computed.
const gradients: readonly tf.GradConfig[] = [
  {
    kernelName: 'LinearScan',
    saveAllInputs: true,
    gradFunc: (dys, inputs, attrs) =>
      closures(runKernels('LinearScanGrad', [...inputs, ...asArray(dys)], attrs)),
  },
  {
    kernelName: 'PrefixSoftmax',
    saveAllInputs: true,
    outputsToSave: [true, false],
    gradFunc: (dys, tensors, attrs) =>
      closures(runKernels('PrefixSoftmaxGrad', [...tensors, ...asArray(dys)], attrs)),
  },
  convGradient('CausalConv'),
  convGradient('DepthwiseCausalConv'),
];

/** One closure per input, by position. */
function closures(tensors: readonly tf.Tensor[]): Record<string, () => tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [String(i), () => tensor]));
}

function convGradient(kernelName: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dy, tensors) => {
      const [x, kernel] = [saved(tensors, 0), saved(tensors, 1)];
      const results = runKernels(`${kernelName}Grad`, { x, kernel, dy: only(dy) });
      return { x: () => saved(results, 0), kernel: () => saved(results, 1) };
    },
  };
}

const wasmKernels: Readonly<Record<string, Kernel>> = {
  LinearScan: linearScan,
  LinearScanGrad: linearScanGrad,
  PrefixSoftmax: prefixSoftmax,
  PrefixSoftmaxGrad: prefixSoftmaxGrad,
  CausalConv: causalConv,
  CausalConvGrad: causalConvGrad,
  DepthwiseCausalConv: depthwiseCausalConv,
  DepthwiseCausalConvGrad: depthwiseCausalConvGrad,
};

const done = new Set<BackendName>();

/**
 * The one place where our fused kernels meet a backend. Idempotent.
 *
 * @returns the instruction set they use, or `none` where the backend has none of them.
 */
export function registerKernels(backend: BackendName): string {
  if (done.size === 0) for (const gradient of gradients) replaceGradient(gradient);
  if (backend === 'wasm' && !done.has(backend)) {
    for (const [name, kernel] of Object.entries(wasmKernels)) replaceKernel(name, backend, kernel);
    for (const [name, faster] of Object.entries({ ...fasterKernels, Cumsum: cumsum })) {
      const stock = kernelOf(name, backend);
      if (stock) replaceKernel(name, backend, faster(stock));
    }
  }
  done.add(backend);
  return backend === 'wasm' ? memoryOf(tf.backend()).instructions : 'none';
}

import { undoAll } from './registry';
import type { Undo } from './registry';
import { typedArrayAliasing } from './repairs/aliasing';
import { dilatedConvolution } from './repairs/convolution';
import { cumprodGradient, cumsumGradient } from './repairs/cumulative';
import { cpuEinsum, einsumGradient } from './repairs/einsum';
import { missingWasmKernels, wasmStridedSlice } from './repairs/forward';
import { wasmFusedMatMul } from './repairs/fusedMatMul';
import {
  gatherNdGradient,
  scatterNdGradient,
  stridedSliceGradient,
  tensorScatterUpdateGradient,
  topKGradient,
} from './repairs/indexing';
import { cpuMatMul, matMulGradient, wasmMatMul } from './repairs/matMul';
import { nodeUtil } from './repairs/nodeUtil';
import { comparisonGradients, eluSecondGradient, savedOutputs } from './repairs/pointwise';
import type { BackendName, Repair } from './repairs/repair';
import { splitGradient, tileGradient, unstackGradient } from './repairs/shapes';
import { softmaxAxis } from './repairs/softmaxAxis';

export type { BackendName, Repair } from './repairs/repair';

/**
 * Every fault of TensorFlow.js 4.22.0 that is repaired here, each with its reason. Upstream has made no release since,
 * so each is repaired from outside, through the registries of kernels and gradients. test/kernels/repairs.test.ts
 * shows for each one that its test passes with it and fails without it.
 */
export const repairs: readonly Repair[] = [
  missingWasmKernels,
  wasmStridedSlice,
  wasmMatMul,
  cpuMatMul,
  matMulGradient,
  cumsumGradient,
  cumprodGradient,
  einsumGradient,
  cpuEinsum,
  wasmFusedMatMul,
  tileGradient,
  splitGradient,
  unstackGradient,
  comparisonGradients,
  eluSecondGradient,
  savedOutputs,
  gatherNdGradient,
  scatterNdGradient,
  tensorScatterUpdateGradient,
  topKGradient,
  stridedSliceGradient,
  dilatedConvolution,
  softmaxAxis,
  typedArrayAliasing,
  nodeUtil,
];

let applied: Undo | undefined;

/**
 * Puts the repairs for a running backend in place, those of an earlier call taken back first.
 *
 * @param options.except names of repairs to leave out; for tests that show what a repair is good for.
 */
export function applyRepairs(backend: BackendName, options: { except?: readonly string[] } = {}): void {
  removeRepairs();
  const wanted = repairs.filter(
    ({ name, backends }) => backends.includes(backend) && !options.except?.includes(name),
  );
  const undos: Undo[] = [];
  applied = () => undoAll(undos)();
  for (const repair of wanted) undos.push(repair.apply(backend));
}

/** Takes every repair back: stock TensorFlow.js again. For tests and for benchmarks against it. */
export function removeRepairs(): void {
  applied?.();
  applied = undefined;
}

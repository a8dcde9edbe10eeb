/** Operations with right gradients on every backend; each uses a fused kernel where the backend has one. */
export { causalConv, depthwiseCausalConv } from './causalConv';
export { cumLogSumExp, cumsum } from './cumulative';
export type { CumsumOptions } from './cumulative';
export { causalMask, mergeHeads, project, splitHeads } from './linalg';
export { linearScan, linearScanParallel, linearScanStep } from './linearScan';
export type { LinearScanInputs, LinearScanOptions, LinearScanResult } from './linearScan';
export { prefixSoftmax, prefixSoftmaxParallel, prefixSoftmaxStep } from './softmaxScan';

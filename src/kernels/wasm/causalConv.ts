import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

/** Inputs x `[B, H, T, V]` and kernel `[H, K]`. */
export const causalConv: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const [x, kernel] = [input(call, 'x'), input(call, 'kernel')];
  const [B = 0, H = 0, T = 0, V = 0] = x.shape;
  const K = kernel.shape[1] ?? 0;
  const y = memory.output(x.shape);
  const [px, pk, py] = [x, kernel, y].map((info) => memory.pointer(info));
  memory.scratch(memory.call.causalConvScratch(K), (scratch) =>
    memory.call.causalConv(B, H, T, V, K, px ?? 0, pk ?? 0, py ?? 0, scratch),
  );
  return y;
};

/** Inputs x, kernel and the gradient dy; outputs dx and dKernel. */
export const causalConvGrad: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const [x, kernel, dy] = [input(call, 'x'), input(call, 'kernel'), input(call, 'dy')];
  const [B = 0, H = 0, T = 0, V = 0] = x.shape;
  const K = kernel.shape[1] ?? 0;
  const outputs = [memory.output(x.shape), memory.output(kernel.shape)];
  const p = [x, kernel, dy, ...outputs].map((info) => memory.pointer(info));
  memory.scratch(memory.call.causalConvScratch(K), (scratch) =>
    memory.call.causalConvGrad(B, H, T, V, K, p[0] ?? 0, p[1] ?? 0, p[2] ?? 0, p[3] ?? 0, p[4] ?? 0, scratch),
  );
  return outputs;
};

/** Inputs x `[B, T, D]` and kernel `[K, D]`. */
export const depthwiseCausalConv: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const [x, kernel] = [input(call, 'x'), input(call, 'kernel')];
  const [B = 0, T = 0, D = 0] = x.shape;
  const y = memory.output(x.shape);
  const [px, pk, py] = [x, kernel, y].map((info) => memory.pointer(info));
  memory.call.depthwiseCausalConv(B, T, D, kernel.shape[0] ?? 0, px ?? 0, pk ?? 0, py ?? 0);
  return y;
};

/** Inputs x, kernel and the gradient dy; outputs dx and dKernel. */
export const depthwiseCausalConvGrad: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const [x, kernel, dy] = [input(call, 'x'), input(call, 'kernel'), input(call, 'dy')];
  const [B = 0, T = 0, D = 0] = x.shape;
  const outputs = [memory.output(x.shape), memory.output(kernel.shape)];
  const p = [x, kernel, dy, ...outputs].map((info) => memory.pointer(info));
  const K = kernel.shape[0] ?? 0;
  memory.call.depthwiseCausalConvGrad(B, T, D, K, p[0] ?? 0, p[1] ?? 0, p[2] ?? 0, p[3] ?? 0, p[4] ?? 0);
  return outputs;
};

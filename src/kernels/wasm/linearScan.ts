import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

function sizes(
  q: readonly number[],
  v: readonly number[],
): { heads: number; T: number; K: number; V: number } {
  const [B = 0, H = 0, T = 0, K = 0] = q;
  return { heads: B * H, T, K, V: v[3] ?? 0 };
}

/**
 * Inputs q, k, v, then the log decays if `decayed`, then the incoming state if `stateful`; outputs o and the last state.
 */
export const linearScan: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const at = (index: number) => memory.pointer(input(call, String(index)));
  const [q, v] = [input(call, '0'), input(call, '2')];
  const { heads, T, K, V } = sizes(q.shape, v.shape);
  const decayed = call.attrs['decayed'] === true;
  const stateful = call.attrs['stateful'] === true;
  const o = memory.output(v.shape);
  const last = memory.output([...v.shape.slice(0, 2), K, V]);
  const { linearScan: run, linearScanScratch: size } = memory.call;
  memory.scratch(size(K, V), (scratch) => {
    const g = decayed ? at(3) : 0;
    const state = stateful ? at(decayed ? 4 : 3) : 0;
    run(heads, T, K, V, at(0), at(1), at(2), g, state, memory.pointer(o), memory.pointer(last), scratch);
  });
  return [o, last];
};

/**
 * Inputs of the scan, then the gradients of o and of the last state; outputs the gradient of every input of the scan.
 */
export const linearScanGrad: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const at = (index: number) => memory.pointer(input(call, String(index)));
  const [q, v] = [input(call, '0'), input(call, '2')];
  const { heads, T, K, V } = sizes(q.shape, v.shape);
  const decayed = call.attrs['decayed'] === true;
  const stateful = call.attrs['stateful'] === true;
  const stateAt = decayed ? 4 : 3;
  const given = stateAt + (stateful ? 1 : 0);
  const outputs = Array.from({ length: given }, (_, i) => memory.output(input(call, String(i)).shape));
  const to = (index: number) => memory.pointer(outputs[index] ?? q);
  const { linearScanGrad: run, linearScanGradScratch: size } = memory.call;
  const spare = stateful ? 0 : heads * K * V;
  memory.scratch(size(T, K, V, decayed ? 1 : 0) + spare, (scratch) => {
    const dState = stateful ? to(stateAt) : scratch;
    run(
      heads,
      T,
      K,
      V,
      at(0),
      at(1),
      at(2),
      decayed ? at(3) : 0,
      stateful ? at(stateAt) : 0,
      at(given),
      at(given + 1),
      to(0),
      to(1),
      to(2),
      decayed ? to(3) : 0,
      dState,
      scratch + spare * 4,
    );
  });
  return outputs;
};

import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

/** Inputs logits and v, then log mass and mean of the incoming state if `stateful`; outputs mean and log mass. */
export const prefixSoftmax: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const at = (index: number) => memory.pointer(input(call, String(index)));
  const v = input(call, '1');
  const [B = 0, H = 0, T = 0, V = 0] = v.shape;
  const stateful = call.attrs['stateful'] === true;
  const mean = memory.output(v.shape);
  const logMass = memory.output([B, H, T]);
  const [mass, before] = stateful ? [at(2), at(3)] : [0, 0];
  memory.call.prefixSoftmax(
    B * H,
    T,
    V,
    at(0),
    at(1),
    mass,
    before,
    memory.pointer(mean),
    memory.pointer(logMass),
  );
  return [mean, logMass];
};

/** Inputs of the scan, its means, the gradients of mean and log mass; outputs the gradient of every input of the scan. */
export const prefixSoftmaxGrad: Kernel = (call) => {
  const memory = memoryOf(call.backend);
  const at = (index: number) => memory.pointer(input(call, String(index)));
  const [B = 0, H = 0, T = 0, V = 0] = input(call, '1').shape;
  const stateful = call.attrs['stateful'] === true;
  const given = stateful ? 4 : 2;
  const outputs = Array.from({ length: given }, (_, i) => memory.output(input(call, String(i)).shape));
  const to = outputs.map((info) => memory.pointer(info));
  const { prefixSoftmaxGrad: run, prefixSoftmaxScratch: size } = memory.call;
  memory.scratch(size(T, V), (scratch) => {
    run(
      B * H,
      T,
      V,
      at(0),
      at(1),
      stateful ? at(2) : 0,
      stateful ? at(3) : 0,
      at(given),
      at(given + 1),
      at(given + 2),
      to[0] ?? 0,
      to[1] ?? 0,
      to[2] ?? 0,
      to[3] ?? 0,
      scratch,
    );
  });
  return outputs;
};

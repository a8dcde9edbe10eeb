import type { Undo } from '../registry';

/** The engines a user may ask for. */
export type BackendName = 'wasm' | 'tensorflow' | 'cpu';

/** One fault of TensorFlow.js 4.22 and its cure. */
export interface Repair {
  readonly name: string;
  /** What goes wrong without it, in a sentence. */
  readonly reason: string;
  /** Where it is needed. */
  readonly backends: readonly BackendName[];
  /** Puts the cure in place on a running backend. */
  apply(backend: BackendName): Undo;
}

export const everywhere: readonly BackendName[] = ['wasm', 'tensorflow', 'cpu'];

/** The gradients of the outputs of a kernel, always as an array. */
export function asArray<T>(dy: T | T[]): T[] {
  return Array.isArray(dy) ? dy : [dy];
}

/** The gradient of the only output of a kernel. */
export function only<T>(dy: T | T[]): T {
  const [first] = asArray(dy);
  if (first === undefined) throw new Error('a gradient was called without the gradient of its output');
  return first;
}

/** The n-th saved tensor. */
export function saved<T>(tensors: readonly T[], index: number): T {
  const tensor = tensors[index];
  if (tensor === undefined) throw new Error(`a gradient was called without its saved tensor ${index}`);
  return tensor;
}

import { tf } from '../core/tf';

/** What a kernel gets from the engine. */
export interface KernelCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs: tf.NamedAttrMap;
  readonly backend: object;
}

/** The computation of one kernel on one backend. */
export type Kernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

/** Takes back what was done. */
export type Undo = () => void;

/** The function registered for a kernel, or undefined. */
export function kernelOf(name: string, backend: string): Kernel | undefined {
  // typed as always there, but a kernel may be missing
  const config = tf.getKernel(name, backend) as tf.KernelConfig | undefined;
  return config && ((call) => config.kernelFunc(call));
}

/** Registers a kernel in place of the one that is there, if any. */
export function replaceKernel(kernelName: string, backendName: string, kernel: Kernel): Undo {
  const before = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (before) tf.unregisterKernel(kernelName, backendName);
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs = {}, backend }) => kernel({ inputs, attrs, backend });
  // a backend that starts later still runs the set-up of the kernel that was there
  tf.registerKernel({ ...before, kernelName, backendName, kernelFunc });
  return () => {
    tf.unregisterKernel(kernelName, backendName);
    if (before) tf.registerKernel(before);
  };
}

/** Registers a gradient in place of the one that is there, if any. */
export function replaceGradient(config: tf.GradConfig): Undo {
  const before = tf.getGradient(config.kernelName) as tf.GradConfig | undefined;
  tf.registerGradient(config);
  return () => {
    tf.unregisterGradient(config.kernelName);
    if (before) tf.registerGradient(before);
  };
}

/** A method whose arguments are only handed on. */
export type Method = (this: unknown, ...given: unknown[]) => unknown;

/** Puts a method of one object in front of the one it inherits. */
export function wrapMethod(object: object, name: string, make: (stock: Method) => Method): Undo {
  const stock = Reflect.get(object, name) as Method;
  Reflect.set(object, name, make(stock));
  return () => {
    Reflect.deleteProperty(object, name);
  };
}

/** One undo that takes back several, last one first. */
export function undoAll(undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of [...undos].reverse()) undo();
  };
}

/** An input that the engine guarantees. */
export function input(call: KernelCall, name: string): tf.TensorInfo {
  const info = call.inputs[name];
  if (!info) throw new Error(`a kernel was called without its input '${name}'`);
  return info;
}

/** Whether the running backend has a kernel of this name. */
export function hasKernel(name: string): boolean {
  return kernelOf(name, tf.getBackend()) !== undefined;
}

/** Inputs by name, or by position for kernels whose last inputs may be absent. */
type Inputs = tf.NamedTensorMap | readonly tf.Tensor[];

// the engine takes a list as well (Concat has one); its type does not tell
const named = (inputs: Inputs) => inputs as tf.NamedTensorMap;

/** Runs a kernel with one output, taped like any operation. */
export function runKernel<T extends tf.Tensor>(name: string, inputs: Inputs, attrs: tf.NamedAttrMap = {}): T {
  return tf.engine().runKernel<T>(name, named(inputs), attrs);
}

/** Runs a kernel with several outputs, taped like any operation. */
export function runKernels<T extends tf.Tensor[]>(
  name: string,
  inputs: Inputs,
  attrs: tf.NamedAttrMap = {},
): T {
  return tf.engine().runKernel<T>(name, named(inputs), attrs);
}

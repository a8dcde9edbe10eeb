import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { BackendError } from '../../core/errors';
import type { tf } from '../../core/tf';
import { bytes as relaxed } from '../relaxedSimd.bytes';
import { bytes as baseline } from '../simd128.bytes';
import type { Functions } from './functions';

type Pointer = number;

// neither the library types used here nor Node's declare WebAssembly
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (...args: never) => object;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

// what tfjs' Emscripten module has and its types do not tell
interface Heap {
  readonly asm: { readonly memory: object };
  _malloc(size: number): Pointer;
  _free(pointer: Pointer): void;
}

function heapOf(backend: BackendWasm): Heap {
  const heap = backend.wasm as unknown as Heap;
  if (!(heap.asm?.memory instanceof WebAssembly.Memory) || typeof heap._malloc !== 'function')
    throw new BackendError(
      'initBackend: the wasm backend does not show its memory, expected @tensorflow/tfjs-backend-wasm 4.22.0',
    );
  return heap;
}

const STACK_BYTES = 65536;

/** The fastest build that this Node can run. */
function build() {
  const fused = Buffer.from(relaxed, 'base64');
  return WebAssembly.validate(fused)
    ? ({ instructions: 'relaxed SIMD', bytes: fused } as const)
    : ({ instructions: 'SIMD128', bytes: Buffer.from(baseline, 'base64') } as const);
}

/**
 * Our WebAssembly module, running in the linear memory of the wasm backend: tensors are read and written where they
 * lie, nothing is copied. Growth of that memory moves no pointer, and no view of it is kept here.
 */
export class WasmMemory {
  readonly call: Functions;
  /** The instruction set of the module. */
  readonly instructions: 'SIMD128' | 'relaxed SIMD';
  private readonly heap: Heap;

  constructor(readonly backend: BackendWasm) {
    this.heap = heapOf(backend);
    const { instructions, bytes } = build();
    this.instructions = instructions;
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.heap.asm.memory } });
    // the compiled stack pointer would lie inside tfjs' own data
    const stack = exports['__stack_pointer'] as { value: number };
    stack.value = (this.allocate(STACK_BYTES) + STACK_BYTES) & ~15;
    this.call = exports as unknown as Functions;
  }

  /** Where a tensor's numbers begin. */
  pointer(info: tf.TensorInfo): Pointer {
    return this.backend.dataIdMap.get(info.dataId).memoryOffset;
  }

  /** A new tensor; its numbers are not initialised. */
  output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): tf.TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** Runs `use` with a block of scratch floats that is freed afterwards. */
  scratch<T>(floats: number, use: (pointer: Pointer) => T): T {
    const pointer = this.allocate(floats * 4);
    try {
      return use(pointer);
    } finally {
      this.heap._free(pointer);
    }
  }

  private allocate(size: number): Pointer {
    const pointer = this.heap._malloc(size);
    if (pointer === 0)
      throw new BackendError(
        `wasm backend: no memory left for ${size} bytes; use a smaller batch or the tensorflow backend (npm run native)`,
      );
    return pointer;
  }
}

const memories = new WeakMap<object, WasmMemory>();

/** The one {@link WasmMemory} of a backend, made on first use. */
export function memoryOf(backend: object): WasmMemory {
  const known = memories.get(backend);
  if (known) return known;
  const made = new WasmMemory(backend as BackendWasm);
  memories.set(backend, made);
  return made;
}

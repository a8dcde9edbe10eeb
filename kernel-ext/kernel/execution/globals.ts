/** Names that the compiler writes into cells and the kernel puts on `globalThis`. */
export const guardNames = {
  /** Int32Array on shared memory: not 0 in slot 0 means "somebody has to stop". */
  stop: '__attentionLabStop',
  /** Decides whether the code that runs right now has to stop, and throws then. */
  check: '__attentionLabCheck',
  /** Passes an awaited value on, unless its cell has been cancelled. */
  resumed: '__attentionLabResumed',
  /** The shared variables of all cells. */
  cells: '__attentionLabCells',
} as const;

/** Defines a global that no enumeration shows. */
export function defineGlobal(name: string | symbol, value: unknown): void {
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

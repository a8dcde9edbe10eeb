/** The key under which the notebook kernel publishes the running cell; see kernel-ext/notebook.ts. */
const CELL = Symbol.for('attention-lab.cell');

/**
 * The signal that long work obeys: the caller's own, the running notebook cell's (so that Stop stops), or both.
 *
 * @example
 * const signal = stopSignal(options.signal);
 * if (signal?.aborted) return;
 */
export function stopSignal(given?: AbortSignal): AbortSignal | undefined {
  const cell = (globalThis as { [CELL]?: { readonly signal?: AbortSignal } })[CELL]?.signal;
  return given && cell ? AbortSignal.any([given, cell]) : (given ?? cell);
}

/** Lets timers, sockets and the Stop button have their turn. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

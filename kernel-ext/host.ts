// What the kernel offers to code that runs in its cells. It hangs on `globalThis` under a registered symbol, so that a library
// finds it without importing the kernel, whatever copy of which module asks.

/** Under this symbol `globalThis` holds the {@link NotebookHost} while our kernel runs. */
export const hostSymbol = Symbol.for('attention-lab.cell');

/** One output in several forms: MIME type to data. */
export type MimeBundle = Record<string, unknown>;

/** How one output is sent. */
export interface OutputOptions {
  /** Under which id the output can be updated. */
  readonly id?: string | undefined;
  /** `update` replaces the output of that id wherever it is shown. */
  readonly mode?: 'add' | 'update' | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
  /** `always`: also after an interrupt, for the last state of something that was already shown. */
  readonly when?: 'running' | 'always' | undefined;
}

/** The cell's side of the kernel. Everything belongs to the cell whose code calls, however late it calls. */
export interface NotebookHost {
  /**
   * Aborted when this cell is interrupted. A cell that has asked for its signal is given a moment (150 ms) to finish by itself before
   * it is broken off. Undefined outside of a cell and on other kernels.
   */
  readonly signal: AbortSignal | undefined;
  /** Throws inside of a cell that has been stopped. */
  check(): void;
  /** Publishes an output. */
  output(bundle: MimeBundle, options?: OutputOptions): void;
  /** Removes the cell's outputs, at once or when the next one comes. */
  clear(when: 'now' | 'next'): void;
  /** The cell is not finished before this is (a figure that is being drawn). */
  pending(work: Promise<unknown>): void;
  /**
   * Calls back after some milliseconds, or earlier when the cell ends. Unlike a timer it survives an interrupt, so that the last
   * state of a chart is always shown.
   */
  later(work: () => void, milliseconds: number): void;
  /** Calls back when the cell's code has ended; the cell waits for it unless it was interrupted. */
  atEnd(work: () => Promise<void>): void;
  /** Asks the person at the front end for a line of text. */
  input(prompt: string, echo?: 'show' | 'hide'): Promise<string>;
}

/** The host of the running kernel, or undefined when this is not our kernel. */
export function findHost(): NotebookHost | undefined {
  return Reflect.get(globalThis, hostSymbol) as NotebookHost | undefined;
}

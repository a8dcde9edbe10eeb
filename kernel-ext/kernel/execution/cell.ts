import { AsyncLocalStorage } from 'node:async_hooks';
import type { Header } from '../protocol';
import { realTimers } from './realTimers';

/** Thrown into a cell that is being interrupted. Named as in IPython, so that front ends and tools know it. */
export class KeyboardInterrupt extends Error {
  override readonly name = 'KeyboardInterrupt';

  constructor() {
    super('the cell was interrupted');
  }
}

/** The life of one execution of one cell: who asked for it, and how it is stopped. */
export class Cell {
  /** Set once somebody wants to stop by himself. */
  usesSignal = false;
  /** The person has pressed Stop. */
  interrupted = false;
  /** Nothing of this cell may run any more. */
  cancelled = false;
  /** An error thrown where nobody waits for it (a timer, a promise left alone) while the cell ran. */
  strayError: { readonly error: unknown } | undefined;
  private readonly controller = new AbortController();
  private readonly deferred = new Map<() => void, NodeJS.Timeout>();
  private readonly work = new Set<Promise<unknown>>();
  private readonly endings: (() => Promise<void>)[] = [];
  private stopWaiting: (reason: KeyboardInterrupt) => void = () => {};

  constructor(
    readonly parent: Header,
    readonly identities: readonly Uint8Array[],
    readonly number: number,
    readonly asks: 'allowed' | 'refused',
  ) {}

  get signal(): AbortSignal {
    this.usesSignal = true;
    return this.controller.signal;
  }

  /** Asks the cell to stop by itself. */
  interrupt(): void {
    if (this.interrupted) return;
    this.interrupted = true;
    this.controller.abort(new KeyboardInterrupt());
  }

  /** Stops the cell for good. */
  cancel(): void {
    this.interrupt();
    this.cancelled = true;
    this.stopWaiting(new KeyboardInterrupt());
  }

  /** Throws inside a cell that is cancelled. */
  check(): void {
    if (this.cancelled) throw new KeyboardInterrupt();
  }

  /** Settles as `work` does, or fails as soon as the cell is cancelled. */
  untilCancelled<T>(work: Promise<T>): Promise<T> {
    const cancelled = new Promise<never>((_, reject) => {
      this.stopWaiting = reject;
    });
    return Promise.race([work, cancelled]);
  }

  /** Runs `work` after a while, or when the cell ends. */
  defer(work: () => void, milliseconds: number): void {
    const run = (): void => {
      this.deferred.delete(work);
      work();
    };
    this.deferred.set(work, realTimers.setTimeout(run, milliseconds));
  }

  /** Remembers work without which the cell is not complete. */
  await(work: Promise<unknown>): void {
    const forget = (): void => {
      this.work.delete(work);
    };
    this.work.add(work);
    work.then(forget, forget);
  }

  /** Remembers what has to be done when the cell's code has ended. */
  atEnd(work: () => Promise<void>): void {
    this.endings.push(work);
  }

  /** Waits for what is left to show. */
  async finish(): Promise<void> {
    this.flush();
    for (const ending of this.endings.splice(0)) this.await(ending());
    while (this.work.size > 0) await Promise.allSettled(this.work);
  }

  /** Shows what was put off. */
  private flush(): void {
    for (const [work, timer] of this.deferred) {
      realTimers.clearTimeout(timer);
      this.deferred.delete(work);
      work();
    }
  }
}

const storage = new AsyncLocalStorage<Cell>();

/** The cell whose code is running now, at whatever distance of timers and promises. */
export function currentCell(): Cell | undefined {
  return storage.getStore();
}

/** Runs `work` as part of a cell. */
export function inCell<T>(cell: Cell, work: () => T): T {
  return storage.run(cell, work);
}

/** Runs `work` as part of no cell. */
export function outsideCells<T>(work: () => T): T {
  return storage.exit(work);
}

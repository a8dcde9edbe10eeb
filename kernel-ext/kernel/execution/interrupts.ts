import { slots } from '../io/link';
import { KeyboardInterrupt, currentCell } from './cell';
import type { Cell } from './cell';
import { defineGlobal, guardNames } from './globals';
import { realTimers } from './realTimers';

/** How long a cell that listens to its signal may take to finish by itself. */
const graceMilliseconds = 150;
/** How long the event loop may take to answer an interrupt before background work that holds it up is stopped too. */
const backgroundMilliseconds = 100;

/**
 * Stops cells. An interrupt arrives twice: as a number in shared memory, which loop guards see while JavaScript is busy,
 * and as a message, which reaches cells that wait.
 */
export class Interrupts {
  private running: Cell | undefined;
  private readonly started = new Set<WeakRef<Cell>>();
  private settled = 0;
  private firstSeen = { order: 0, at: 0 };

  /** @param release lets the engine go of a cell that waits */
  constructor(
    private readonly flags: Int32Array,
    private readonly release: () => void,
  ) {
    defineGlobal(guardNames.stop, flags);
    defineGlobal(guardNames.check, () => this.check());
    defineGlobal(guardNames.resumed, (value: unknown) => this.resumed(value));
  }

  /** A cell starts. */
  begin(cell: Cell): void {
    this.running = cell;
    for (const one of this.started) if (!one.deref()) this.started.delete(one);
    this.started.add(new WeakRef(cell));
  }

  /** The cell is over. An interrupt that came too late to be noticed still counts. */
  end(cell: Cell): void {
    const order = this.pending();
    if (order > 0) cell.cancel();
    if (cell.cancelled || cell.interrupted) this.answered(order);
    this.running = undefined;
  }

  /** The interrupt's message has come. */
  receive(order: number): void {
    if (order <= this.settled) return;
    Atomics.store(this.flags, slots.handled, order);
    const cell = this.running;
    if (!cell) {
      // nothing is waited for: what earlier cells left running is meant
      for (const one of this.started) one.deref()?.cancel();
      this.answered(order);
      return;
    }
    cell.interrupt();
    if (!cell.usesSignal) this.stop(cell);
    else realTimers.setTimeout(() => this.stop(cell), graceMilliseconds);
  }

  private stop(cell: Cell): void {
    if (cell !== this.running) return;
    cell.cancel();
    this.release();
  }

  /** Number of an interrupt that nobody has answered, or 0. */
  private pending(): number {
    return Math.max(0, Atomics.load(this.flags, slots.stop));
  }

  private answered(order: number): void {
    this.settled = Math.max(this.settled, order);
    if (order > 0) Atomics.compareExchange(this.flags, slots.stop, order, 0);
  }

  /** Called by loop guards while slot `stop` is not 0. */
  private check(): void {
    const cell = currentCell();
    if (!cell) return;
    cell.check();
    const order = this.pending();
    if (order === 0) return;
    if (this.firstSeen.order !== order) this.firstSeen = { order, at: performance.now() };
    const waited = performance.now() - this.firstSeen.at;
    if (cell !== this.running) {
      if (this.running && waited < backgroundMilliseconds) return;
    } else if (cell.usesSignal) {
      cell.interrupt();
      if (waited < graceMilliseconds) return;
    }
    Atomics.store(this.flags, slots.handled, order);
    cell.cancel();
    throw new KeyboardInterrupt();
  }

  /** Called after every wait in a cell's code. */
  private resumed(value: unknown): unknown {
    const cell = currentCell();
    if (!cell?.cancelled) return value;
    // guards must look until this turn of the event loop is over, lest a `catch` in a loop swallow the stop for ever
    if (Atomics.compareExchange(this.flags, slots.stop, 0, -1) === 0)
      realTimers.setImmediate(() => Atomics.compareExchange(this.flags, slots.stop, -1, 0));
    throw new KeyboardInterrupt();
  }
}

import type { CellRunner } from '../cellRunner';
import type { Outbox } from '../outbox';
import { KeyboardInterrupt, currentCell } from './cell';

/** Shows errors that nobody catches (in a timer, in a promise left alone) under the cell that caused them. */
export function catchStrayErrors(runner: Promise<CellRunner>, outbox: Outbox): void {
  const show = (error: unknown): void => {
    const cell = currentCell();
    // what an interrupt leaves behind is no news
    if (error instanceof KeyboardInterrupt || cell?.cancelled) return;
    if (cell) cell.strayError ??= { error };
    const parent = cell?.parent ?? outbox.last;
    void runner.then((one) => outbox.publish('error', { ...one.failure(error).error }, parent));
  };
  process.on('uncaughtException', show);
  process.on('unhandledRejection', show);
}

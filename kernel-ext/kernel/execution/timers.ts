import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { currentCell } from './cell';
import { realTimers } from './realTimers';

type Callback = (...values: unknown[]) => void;
type Start<T> = (callback: Callback, ...rest: unknown[]) => T;

/**
 * Timers that a cancelled cell has set do not fire: this is what ends loops that wait by timers, also those inside of
 * libraries. Timers of other cells, and the kernel's own, are untouched.
 */
export function starveCancelledTimers(): void {
  const real = realTimers;
  const timeout = starved(real.setTimeout as Start<NodeJS.Timeout>, real.clearTimeout);
  const interval = starved(real.setInterval as Start<NodeJS.Timeout>, real.clearInterval);
  const immediate = starved(real.setImmediate as Start<NodeJS.Immediate>, real.clearImmediate);
  const sleep = (milliseconds?: number, value?: unknown): Promise<unknown> =>
    new Promise((resolve) => timeout(() => resolve(value), milliseconds));
  const turn = (value?: unknown): Promise<unknown> =>
    new Promise((resolve) => immediate(() => resolve(value)));
  Object.defineProperty(timeout, promisify.custom, { value: sleep });
  Object.defineProperty(immediate, promisify.custom, { value: turn });

  const ours = { setTimeout: timeout, setInterval: interval, setImmediate: immediate };
  Object.assign(globalThis, ours);
  Object.assign(timers, ours);
  const { setTimeout: sleepOf, setImmediate: turnOf } = timersPromises;
  Object.assign(timersPromises, {
    // with a signal the original is kept: aborting it rejects, which is what its user asked for
    setTimeout: (milliseconds?: number, value?: unknown, options?: object) =>
      options ? sleepOf(milliseconds, value, options) : sleep(milliseconds, value),
    setImmediate: (value?: unknown, options?: object) => (options ? turnOf(value, options) : turn(value)),
  });
  syncBuiltinESMExports();
}

function starved<T>(start: Start<T>, clear: (handle: T) => void): Start<T> {
  return (callback, ...rest) => {
    const cell = currentCell();
    if (!cell || typeof callback !== 'function') return start(callback, ...rest);
    const handle: T = start(
      (...values) => {
        if (cell.cancelled) clear(handle);
        else callback(...values);
      },
      ...rest,
    );
    return handle;
  };
}

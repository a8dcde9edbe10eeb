import { Session } from 'node:inspector';
import { slots } from './link';

const patienceMilliseconds = 120;
const retryMilliseconds = 40;

const needed = '--no-force-async-hooks-checks';

/**
 * The last resort against code that has no loop guards (a package in node_modules, `eval`): ends the running JavaScript of the main
 * thread from outside. Only on Node 24 and later with Node's check of its async stack switched off (the kernelspec does):
 * otherwise the unwound stack takes the process down.
 */
export function terminateUnlessHandled(flags: Int32Array, order: number): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24 || !process.execArgv.includes(needed)) return;
  const attempt = (): void => {
    if (Atomics.load(flags, slots.handled) >= order) return;
    if (Atomics.load(flags, slots.compiling) === 1) {
      setTimeout(attempt, retryMilliseconds);
      return;
    }
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.terminateExecution', () => session.disconnect());
  };
  setTimeout(attempt, patienceMilliseconds);
}

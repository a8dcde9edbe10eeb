import { setImmediate } from 'node:timers/promises';
import { StoppedError } from '../core/errors';

/** How long work may hold the event loop, in milliseconds, before timers, charts and Stop get their turn. */
const longestTurn = 25;

/**
 * For long loops: await the returned function often, and it lets the event loop turn when it is time to.
 *
 * @throws StoppedError from the returned function once `signal` is aborted.
 */
export function pacer(where: string, signal?: AbortSignal): () => Promise<boolean> | boolean {
  let since = performance.now();
  const check = (): void => {
    if (signal?.aborted) throw new StoppedError(`${where}: stopped by its signal before it was done`);
  };
  const turn = async (): Promise<boolean> => {
    await setImmediate();
    check();
    since = performance.now();
    return true;
  };
  return () => {
    check();
    return performance.now() - since >= longestTurn && turn();
  };
}

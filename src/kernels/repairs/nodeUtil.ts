import util from 'node:util';
import type { Undo } from '../registry';
import type { Repair } from './repair';

/** What tfjs-node 4.22 still asks of `node:util`. */
interface OldUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}

/** Gives `node:util` back the two functions that Node 23 removed. Must run before tfjs-node is loaded. */
export function restoreNodeUtil(): Undo {
  const old = util as OldUtil;
  const added: (keyof OldUtil)[] = [];
  if (!Object.hasOwn(util, 'isNullOrUndefined')) {
    old.isNullOrUndefined = (value) => value === null || value === undefined;
    added.push('isNullOrUndefined');
  }
  if (!Object.hasOwn(util, 'isArray')) {
    old.isArray = Array.isArray;
    added.push('isArray');
  }
  return () => {
    for (const name of added) delete old[name];
  };
}

/** The polyfill as a repair. */
export const nodeUtil: Repair = {
  name: 'nodeUtil',
  reason:
    'tfjs-node calls util.isNullOrUndefined and util.isArray, gone since Node 23 (fixed upstream in tfjs #8425, never released)',
  backends: ['tensorflow'],
  apply: restoreNodeUtil,
};

import { createRequire } from 'node:module';
import { hostSymbol } from '../host';
import type { NotebookHost } from '../host';
import { currentCell } from './execution/cell';
import { defineGlobal } from './execution/globals';
import { realTimers } from './execution/realTimers';
import type { Inputs } from './requests/inputs';
import type { Outbox } from './outbox';
import type { Json } from './protocol';

/** Puts on `globalThis` what cells may ask of the kernel. */
export function offerHost(outbox: Outbox, inputs: Inputs): NotebookHost {
  const host: NotebookHost = {
    get signal() {
      return currentCell()?.signal;
    },
    check: () => currentCell()?.check(),
    output: (bundle, options) => {
      if (options?.when !== 'always') currentCell()?.check();
      outbox.output(bundle, options);
    },
    clear: (when) => outbox.publish('clear_output', { wait: when === 'next' }),
    pending: (work) => currentCell()?.await(work),
    later: (work, milliseconds) => {
      const cell = currentCell();
      if (cell) cell.defer(work, milliseconds);
      else realTimers.setTimeout(work, milliseconds);
    },
    atEnd: (work) => {
      const cell = currentCell();
      if (cell) cell.atEnd(work);
      else void work();
    },
    input: (prompt, echo = 'show') => inputs.ask(prompt, echo),
  };
  defineGlobal(hostSymbol, host);
  return host;
}

/** Lets `tslab.display` in a cell speak through this kernel. */
export function offerTslabDisplay(outbox: Outbox): void {
  const tslab = createRequire(__filename)('tslab/dist/jupyter') as {
    lastWriteDisplayData: (message: Json, update: boolean) => void;
  };
  tslab.lastWriteDisplayData = (message, update) => {
    currentCell()?.check();
    outbox.publish(update ? 'update_display_data' : 'display_data', message);
  };
}

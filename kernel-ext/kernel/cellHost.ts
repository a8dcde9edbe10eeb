import { hostSymbol } from '../host';
import type { NotebookHost } from '../host';
import { currentCell } from './execution/cell';
import { defineGlobal } from './execution/globals';
import { realTimers } from './execution/realTimers';
import type { Inputs } from './requests/inputs';
import type { Outbox } from './outbox';

/** Puts on `globalThis` what cells may ask of the kernel, and Node's missing `prompt`. */
export function offerHost(outbox: Outbox, inputs: Inputs): NotebookHost {
  const host: NotebookHost = {
    get signal() {
      return currentCell()?.signal;
    },
    output: (bundle, options) => {
      currentCell()?.check();
      outbox.output(bundle, options);
    },
    clear: (when) => outbox.publish('clear_output', { wait: when === 'next' }),
    pending: (work) => currentCell()?.await(work),
    later: (work, milliseconds) => {
      const cell = currentCell();
      if (cell) cell.defer(work, milliseconds);
      else realTimers.setTimeout(work, milliseconds);
    },
    input: (prompt, echo = 'show') => inputs.ask(prompt, echo),
  };
  defineGlobal(hostSymbol, host);
  defineGlobal('prompt', (question = '') => inputs.ask(String(question), 'show'));
  return host;
}

import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { findHost } from '../host';
import type { MimeBundle, NotebookHost } from '../host';

/** Where outputs go: our kernel, plain tslab, or a terminal. */
export function host(): NotebookHost {
  return findHost() ?? tslabHost() ?? terminalHost;
}

/** What everything but our kernel has in common: no cell to stop, nobody to ask, ordinary timers. */
const elsewhere: Omit<NotebookHost, 'output' | 'clear'> = {
  signal: undefined,
  check: () => {},
  pending: (work) => void work.catch(() => {}),
  later: (work, milliseconds) => void setTimeout(work, milliseconds),
  atEnd: () => {},
  input: () => Promise.reject(new Error('input: only the Attention Lab kernel can ask')),
};

/** Plain Node: the text form, printed. */
const terminalHost: NotebookHost = {
  ...elsewhere,
  output: (bundle, options) => {
    if (options?.mode !== 'update') console.log(textOf(bundle));
  },
  clear: () => {},
};

function textOf(bundle: MimeBundle): string {
  const text = bundle['text/plain'];
  return typeof text === 'string' ? text : inspect(bundle);
}

type Write = (data: { data: MimeBundle; metadata: object; transient: object }, update: boolean) => void;

/** Stock tslab, recognised by the module through which its own `display` speaks. */
function tslabHost(): NotebookHost | undefined {
  const write = tslabWriter();
  if (!write) return undefined;
  cureTslab();
  return {
    ...elsewhere,
    output: (data, { id, mode, metadata = {} } = {}) =>
      write({ data, metadata, transient: id === undefined ? {} : { display_id: id } }, mode === 'update'),
    clear: () => {},
  };
}

function tslabWriter(): Write | undefined {
  for (const [path, module] of loadedModules()) {
    if (!/tslab[\\/]dist[\\/]jupyter\.js$/.test(path)) continue;
    const write = (module as { lastWriteDisplayData?: Write | null }).lastWriteDisplayData;
    if (typeof write === 'function') return write;
  }
  return undefined;
}

let cured: 'not yet' | 'done' = 'not yet';

interface Sender {
  sendTimeout: number;
}
interface Publisher {
  readonly prototype: { send(this: Sender, message: unknown): Promise<void> };
}

/**
 * Stock tslab loses a burst of output, the end of the cell included, at every 512th message: zeromq defers that send
 * and refuses those behind it. Without a send timeout it always takes its synchronous path.
 */
function cureTslab(): void {
  if (cured === 'done') return;
  cured = 'done';
  for (const [path, module] of loadedModules()) {
    const publisher = (module as { Publisher?: Publisher }).Publisher;
    if (!publisher || !/zeromq/.test(path)) continue;
    const { send } = publisher.prototype;
    Object.defineProperty(publisher.prototype, 'send', {
      configurable: true,
      writable: true,
      value(this: Sender, message: unknown) {
        if (this.sendTimeout !== 0) this.sendTimeout = 0;
        return send.call(this, message);
      },
    });
  }
}

function* loadedModules(): Iterable<readonly [string, object]> {
  for (const [path, module] of Object.entries(createRequire(__filename).cache)) {
    const exports: unknown = module?.exports;
    if (typeof exports === 'object' && exports !== null) yield [path, exports];
  }
}

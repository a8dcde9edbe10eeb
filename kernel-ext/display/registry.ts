import { builtInForms } from './reprs';
import type { MimeBundle } from '../host';

/** One output ready to be sent. */
export interface Shown {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

/** How one kind of value is shown; undefined when the value is not of that kind. */
export type Form = (value: unknown) => Shown | Promise<Shown> | undefined;

/** Methods under these symbols return a value's own MIME bundle (or a promise of it). The second is Deno's. */
const displaySymbols = [Symbol.for('Jupyter.display'), Symbol.for('Deno.jupyter.display')] as const;

const added: Form[] = [];

/** Adds a way to show values; the newest is asked first. */
export function registerForm(form: Form): void {
  added.unshift(form);
}

/**
 * How a value appears under a cell: what it says of itself, else what has been registered for its kind, else text as
 * Node prints it. A promise only for values whose form takes time (a figure that has to be drawn).
 */
export function shownForm(value: unknown): Shown | Promise<Shown> {
  const own = ownDisplay(value);
  if (own) return own();
  for (const form of [...added, ...builtInForms]) {
    const shown = form(value);
    if (shown) return shown;
  }
  return { data: { 'text/plain': String(value) }, metadata: {} };
}

function ownDisplay(value: unknown): (() => Shown | Promise<Shown>) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  for (const symbol of displaySymbols) {
    const method: unknown = Reflect.get(value, symbol);
    if (typeof method !== 'function') continue;
    return () => {
      const bundle: unknown = Reflect.apply(method, value, []);
      return bundle instanceof Promise ? bundle.then(shown) : shown(bundle);
    };
  }
  return undefined;
}

function shown(bundle: unknown): Shown {
  return { data: bundle as MimeBundle, metadata: {} };
}

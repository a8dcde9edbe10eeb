/**
 * Output for notebooks, by the name `attention-lab/notebook`. Under the Attention Lab kernel everything works; under plain tslab all but
 * clearing, asking and stopping; in a terminal the text forms are printed.
 *
 * **Stop.** While a cell runs under our kernel, `globalThis[Symbol.for('attention-lab.cell')].signal` is an `AbortSignal`
 * that is aborted when the cell is interrupted. Long work (this library's `fit`) listens to it without being told to; a cell that
 * has asked for its signal has 150 ms to end by itself and keeps what it has assigned. Loops and timers of a cell are
 * stopped in any case.
 */
import { randomUUID } from 'node:crypto';
import type { Figure } from '../src/plot/figure';
import { host } from './display/hosts';
import { shownForm } from './display/registry';
import type { Shown } from './display/registry';

export { liveFigure } from './display/live';
export type { LiveFigure } from './display/live';
export { livePlot } from './display/livePlot';
export type { LivePlot, LivePlotOptions } from './display/livePlot';
export { memory } from './display/memory';
export { progress } from './display/progress';
export type { Progress } from './display/progress';
export { registerForm } from './display/registry';
export type { Form, Shown } from './display/registry';
export type { MimeBundle } from './host';

/** An output that can be replaced in place. */
export interface DisplayHandle {
  readonly id: string;
  /** Shows another value in the same place. */
  update(value: unknown): void;
}

/**
 * Shows a value under the cell: figures interactive, tensors as numbers and picture, objects with a method
 * `Symbol.for('Jupyter.display')` as the MIME bundle that it returns (or promises), objects whose keys are MIME types as what they
 * contain, everything else as text.
 *
 * @param options.id a name by which the output can be updated from anywhere; a random one otherwise
 *
 * @example
 * const step = display('starting');
 * step.update('half way');
 */
export function display(value: unknown, { id = randomUUID() }: { id?: string } = {}): DisplayHandle {
  publish(shownForm(value), id, 'add');
  return { id, update: (next) => publish(shownForm(next), id, 'update') };
}

/**
 * Shows a figure: interactive, as PNG and as text in one output. Resolves when it has been drawn and sent, with nothing, so that
 * it can be the last line of a cell; `display` shows figures too and can replace them.
 *
 * @param options.id a name by which the output can be updated from anywhere; a random one otherwise
 *
 * @example
 * await show(heatmaps({ title: 'Weights', quantity: 'weights', maps }));
 */
export async function show(figure: Figure, { id = randomUUID() }: { id?: string } = {}): Promise<void> {
  const drawing = Promise.resolve(shownForm(figure));
  publish(drawing, id, 'add');
  await drawing;
}

/**
 * Removes the cell's outputs: `now`, or `next`, when the next output comes (which does not flicker).
 *
 * @example
 * clearOutput('next');
 */
export function clearOutput(when: 'now' | 'next' = 'now'): void {
  host().clear(when);
}

/**
 * The signal of the running cell, aborted by Stop; undefined where there is none.
 *
 * @example
 * while (!currentSignal()?.aborted) await step();
 */
export function currentSignal(): AbortSignal | undefined {
  return host().signal;
}

/**
 * Asks for a line of text. `hide` for passwords.
 *
 * @throws Error when nobody can answer
 *
 * @example
 * const name = await input('Your name: ');
 */
export function input(question = '', echo: 'show' | 'hide' = 'show'): Promise<string> {
  return host().input(question, echo);
}

function publish(shown: Shown | Promise<Shown>, id: string, mode: 'add' | 'update'): void {
  const place = host();
  const send = ({ data, metadata }: Shown): void => place.output(data, { id, mode, metadata });
  if (shown instanceof Promise) place.pending(shown.then(send));
  else send(shown);
}

import { inspect } from 'node:util';
import type { Figure } from '../../src/plot/figure';
import { tensorForm } from './tensor';
import type { Form, Shown } from './registry';

/** The ways to show values that come with the kernel, asked in this order. The last one knows every value. */
export const builtInForms: readonly Form[] = [figureForm, tensorForm, bundleForm, promiseForm, textForm];

/** A figure: interactive, as PNG and as text. Drawing loads Vega, so only when there is one. */
function figureForm(value: unknown): ReturnType<Form> {
  return isFigure(value) ? drawn(value) : undefined;
}

/** A figure with its PNG. */
export async function drawn(figure: Figure): Promise<Shown> {
  const { bundleMetadata, figureBundle } = await import('./figure.js');
  const data = await figureBundle(figure);
  return { data, metadata: bundleMetadata(data) };
}

/** Whether a value is a figure of `src/plot`, whichever copy of the library made it. */
export function isFigure(value: unknown): value is Figure {
  if (typeof value !== 'object' || value === null) return false;
  const { title, text, static: still } = value as Partial<Figure>;
  return typeof title === 'string' && typeof text === 'string' && typeof still === 'object';
}

/** An object whose keys are all MIME types is shown as what it contains. */
function bundleForm(value: unknown): ReturnType<Form> {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Object.keys(value);
  const isBundle = keys.length > 0 && keys.every((key) => /^[a-z]+\/[\w.+-]+$/.test(key));
  return isBundle ? { data: { ...value }, metadata: {} } : undefined;
}

function promiseForm(value: unknown): ReturnType<Form> {
  return value instanceof Promise
    ? plain('a Promise: write `await` in front of it to see its value')
    : undefined;
}

function textForm(value: unknown): ReturnType<Form> {
  return plain(inspect(value, { depth: 4, maxArrayLength: 50, maxStringLength: 10_000, breakLength: 100 }));
}

function plain(text: string): Shown {
  return { data: { 'text/plain': text }, metadata: {} };
}

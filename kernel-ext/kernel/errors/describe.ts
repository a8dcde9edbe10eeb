import { inspect } from 'node:util';
import type { Place, SourceMaps } from '../compiler/sourceMaps';
import { KeyboardInterrupt } from '../execution/cell';
import type { ErrorContent } from '../protocol';
import { codeFrame } from './codeFrame';
import { grey, red } from './colours';
import type { Sources } from './sources';
import { framesOf } from './stack';

const deepestCause = 4;

/** Says what a cell has thrown: the message, where it comes from in TypeScript, and the lines around it. */
export function describeError(thrown: unknown, maps: SourceMaps, sources: Sources): ErrorContent {
  if (thrown instanceof KeyboardInterrupt) return interrupted();
  if (isStoppedBySignal(thrown)) return interrupted();
  const ename = nameOf(thrown);
  const evalue = messageOf(thrown);
  return { ename, evalue, traceback: traceback(thrown, maps, sources, 0) };
}

/** What is said about a cell that was stopped. */
export function interrupted(): ErrorContent {
  const { name: ename, message: evalue } = new KeyboardInterrupt();
  return { ename, evalue, traceback: [`${red(ename)}: ${evalue}`] };
}

function traceback(thrown: unknown, maps: SourceMaps, sources: Sources, depth: number): string[] {
  const lines = [`${red(nameOf(thrown))}: ${messageOf(thrown)}`];
  if (!(thrown instanceof Error)) return lines;
  const frames = framesOf(thrown.stack ?? '', maps);
  for (const { name, place } of frames) {
    const label = sources.label(place);
    lines.push(grey(`    at ${name === '' ? label : `${name} (${label})`}`));
  }
  const own = frames.find(({ place }) => !place.file.includes('node_modules'));
  if (own) lines.push(...frameAt(own.place, sources));
  if (thrown.cause !== undefined && depth < deepestCause)
    lines.push('', 'Caused by:', ...traceback(thrown.cause, maps, sources, depth + 1));
  if (thrown instanceof AggregateError && depth < deepestCause)
    for (const one of thrown.errors) lines.push('', 'One of:', ...traceback(one, maps, sources, depth + 1));
  return lines;
}

function frameAt(place: Place, sources: Sources): string[] {
  const text = sources.text(place);
  const frame = text === undefined ? [] : codeFrame(text, place);
  return frame.length > 0 ? ['', ...frame] : [];
}

function nameOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.name || thrown.constructor.name;
  return `Thrown ${thrown === null ? 'null' : typeof thrown}`;
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 });
}

/** Node's own way of breaking off synchronous code when the terminal sends Ctrl-C. */
function isStoppedBySignal(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

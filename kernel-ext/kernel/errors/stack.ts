import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Place, SourceMaps } from '../compiler/sourceMaps';

/** One step of a stack trace in the user's terms. */
export interface Frame {
  /** What was called, '' for the top level of a cell. */
  readonly name: string;
  readonly place: Place;
}

const frameLine = /^\s+at (?:(.*) \()?(.+?):(\d+):(\d+)\)?$/;
const kernelFolder = sep + ['kernel-ext', 'kernel', ''].join(sep);
const machinery = [/^node:/, /[\\/]tslab[\\/]dist[\\/]/, /^evalmachine\./, /^<anonymous>$/];

/** The frames of an error that belong to cells, to the project's files and to packages; none of the kernel's own. */
export function framesOf(stack: string, maps: SourceMaps): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split('\n')) {
    const found = frameLine.exec(text);
    if (!found) continue;
    const [, name = '', where = '', line, column] = found;
    const file = where.startsWith('file:') ? fileURLToPath(where) : where.replace(/^async /, '');
    if (machinery.some((one) => one.test(file)) || file.includes(kernelFolder)) continue;
    const place = maps.find(file, Number(line), Number(column));
    if (place) frames.push({ name: plain(name), place });
  }
  return frames;
}

function plain(name: string): string {
  return name.replace(/^(?:async )?(?:Object\.)?(?:<anonymous>|eval)?/, '').trim();
}

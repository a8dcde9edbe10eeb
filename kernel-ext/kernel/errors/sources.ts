import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { Place } from '../compiler/sourceMaps';

/** The texts that positions refer to: cells by their number, files from the disk. */
export class Sources {
  private readonly cells = new Map<number, string>();

  constructor(private readonly folder: string) {}

  /** Remembers the text of a cell. */
  add(cell: number, code: string): void {
    this.cells.set(cell, code);
  }

  /** The text in which a place lies, if it can be had. */
  text(place: Place): string | undefined {
    if (place.cell !== undefined) return this.cells.get(place.cell);
    try {
      return readFileSync(place.file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** A place as people read it: `In[3]:2:9`, or a path from the notebook's folder. */
  label(place: Place): string {
    const position = `${place.line}:${place.column}`;
    if (place.cell !== undefined) return `In[${place.cell}]:${position}`;
    const path = isAbsolute(place.file) ? relative(this.folder, place.file) : place.file;
    return `${path}:${position}`;
  }
}

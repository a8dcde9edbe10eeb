import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

/** A place in what the user wrote: a cell of the notebook or a file. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  /** Number of the execution, for a place in a cell. */
  readonly cell?: number;
  readonly line: number;
  readonly column: number;
}

interface Script {
  readonly cell: number;
  /** From what runs back to the compiler's first output, and from there to TypeScript. */
  readonly maps: readonly TraceMap[];
}

const cellSource = /__tslab__\.ts$/;
const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Remembers, for every piece of JavaScript that the kernel runs, how its positions lead back to TypeScript. */
export class SourceMaps {
  /** Number of the execution to which scripts made from now on belong. */
  cell = 0;
  private readonly scripts = new Map<string, Script>();
  private readonly files = new Map<string, TraceMap | undefined>();
  private made = 0;

  constructor(private readonly project: string) {}

  /** Registers a script and returns the name under which its stack frames will appear. */
  add(maps: readonly TraceMap[]): string {
    this.made += 1;
    const name = `attention-lab-cell-${this.made}.js`;
    this.scripts.set(name, { cell: this.cell, maps });
    return name;
  }

  /** Where a position of running code stands in the user's text, or undefined when it was made by the compiler. */
  find(script: string, line: number, column: number): Place | undefined {
    const known = this.scripts.get(script);
    if (!known) return this.findInFile(script, line, column);
    const at = follow(known.maps, line, column);
    if (!at) return undefined;
    // the compiler puts one line before a cell's first
    if (cellSource.test(at.file)) return { ...at, cell: known.cell, line: at.line - 1 };
    // relative to a folder that exists in the compiler's memory only, as deep as the file lies in the project
    return { ...at, file: resolve(this.project, at.file.replace(/^(?:\.\.\/)+/, '')) };
  }

  private findInFile(path: string, line: number, column: number): Place {
    const here = { file: path, line, column };
    if (path.includes(`${sep}node_modules${sep}`)) return here;
    if (!this.files.has(path)) this.files.set(path, readMapBeside(path));
    const map = this.files.get(path);
    const at = map && follow([map], line, column);
    return at ? { ...at, file: resolve(dirname(path), at.file) } : here;
  }
}

/** Splits compiled text from the map at its end. */
export function splitInlineMap(text: string): { readonly code: string; readonly map?: TraceMap } {
  const found = inlineMap.exec(text);
  if (!found?.[1]) return { code: text };
  const map = new TraceMap(Buffer.from(found[1], 'base64').toString('utf8'));
  return { code: text.slice(0, found.index), map };
}

function follow(maps: readonly TraceMap[], line: number, column: number): Place | undefined {
  let at: Place = { file: '', line, column };
  for (const map of maps) {
    const next = originalPositionFor(map, { line: at.line, column: Math.max(0, at.column - 1) });
    if (next.source === null) return undefined;
    at = { file: next.source, line: next.line, column: next.column + 1 };
  }
  return at;
}

function readMapBeside(path: string): TraceMap | undefined {
  try {
    return existsSync(`${path}.map`) ? new TraceMap(readFileSync(`${path}.map`, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}

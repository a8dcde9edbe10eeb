import { grey, red } from './colours';

const linesAround = 2;

/** What to point at; lines and columns count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  /** How many characters are meant. */
  readonly width?: number;
}

/** Some lines of source with the faulty one marked and carets under what is meant. */
export function codeFrame(source: string, mark: Mark): string[] {
  const lines = source.split('\n');
  const faulty = lines[mark.line - 1];
  if (faulty === undefined) return [];
  const first = Math.max(1, mark.line - linesAround);
  const last = Math.min(lines.length, mark.line + linesAround);
  const digits = String(last).length;
  const frame: string[] = [];
  for (let line = first; line <= last; line++) {
    const number = String(line).padStart(digits);
    const text = lines[line - 1] ?? '';
    if (line !== mark.line) {
      frame.push(grey(`  ${number} | ${text}`).trimEnd());
      continue;
    }
    const column = Math.min(mark.column, faulty.length + 1);
    const width = Math.max(1, Math.min(mark.width ?? 1, faulty.length - column + 1));
    // tabs are kept, so that the caret stands under its character
    const indent = faulty.slice(0, column - 1).replace(/[^\t]/g, ' ');
    frame.push(`${red('>')} ${number} | ${text}`);
    frame.push(`  ${' '.repeat(digits)} | ${indent}${red('^'.repeat(width))}`);
  }
  return frame;
}

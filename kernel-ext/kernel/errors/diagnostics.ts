import type { ErrorContent } from '../protocol';
import type { Diagnostic } from '../tslab';
import { codeFrame } from './codeFrame';
import { red } from './colours';
import type { Sources } from './sources';

const ename = 'TypeScriptError';

/** Says why a cell was not run: each of the compiler's messages with its place and carets under what it means. */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  cell: number,
  folder: string,
  sources: Sources,
): ErrorContent {
  const traceback: string[] = [];
  let before: Diagnostic | undefined;
  for (const one of diagnostics) {
    if (before && explains(before, one)) {
      traceback.push(`    ${one.messageText}`);
      continue;
    }
    before = one;
    if (traceback.length > 0) traceback.push('');
    const line = one.start.line + 1;
    const column = one.start.character + 1;
    const file = one.fileName ?? '';
    const place = one.fileName ? { file: `${folder}/${file}`, line, column } : { file, cell, line, column };
    traceback.push(`${red(ename)} ${sources.label(place)} - TS${one.code}: ${one.messageText}`);
    const text = sources.text(place);
    const oneLine = one.end.line === one.start.line;
    const width = oneLine ? one.end.character - one.start.character : 1;
    if (text !== undefined) traceback.push(...codeFrame(text, { line, column, width }));
  }
  return { ename, evalue: diagnostics[0]?.messageText ?? '', traceback };
}

/** The compiler's message chains come as several messages with one place. */
function explains(message: Diagnostic, next: Diagnostic): boolean {
  return message.start.offset === next.start.offset && message.end.offset === next.end.offset;
}

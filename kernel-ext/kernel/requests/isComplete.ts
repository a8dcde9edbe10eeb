import type ts from 'typescript';
import type { TypeScript } from '../compiler/typescript';
import type { Json } from '../protocol';

const indentation = '  ';
/** Unterminated string, regular expression, template literal, comment. */
const unterminated = new Set([1010, 1160]);

/** Answers an `is_complete_request`: does a console run this on Enter, ask for more, or is it wrong already? */
export function isCompleteReply(stock: TypeScript, code: string): Json {
  const file = stock.createSourceFile(
    'cell.ts',
    `export {};\n${code}`,
    stock.ScriptTarget.Latest,
  ) as ts.SourceFile & { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  const faults = file.parseDiagnostics;
  if (faults.length === 0) return { status: 'complete' };
  // two empty lines at the end: the person wants it run as it is
  if (/\n\s*\n\s*$/.test(code)) return { status: 'invalid' };
  const end = file.text.trimEnd().length;
  const more = faults.some(
    (fault) => unterminated.has(fault.code) || (fault.start >= end && !isProperlyWrong(faults, end)),
  );
  return more ? { status: 'incomplete', indent: indentOf(code) } : { status: 'invalid' };
}

/** A fault before the end of the text will not go away by typing more. */
function isProperlyWrong(faults: readonly ts.DiagnosticWithLocation[], end: number): boolean {
  return faults.some((fault) => fault.start + fault.length < end && !unterminated.has(fault.code));
}

function indentOf(code: string): string {
  const line = code.trimEnd().split('\n').pop() ?? '';
  const current = /^\s*/.exec(line)?.[0] ?? '';
  return /[{([]$/.test(line) ? current + indentation : current;
}

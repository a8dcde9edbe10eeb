import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { ConfigError, show } from '../core/errors';
import { suggestion } from '../core/suggest';

/** A group of settings that knows its own names: an unknown one is answered with the nearest and with the whole list. */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => {
      const names = Object.keys(shape);
      if (issue.code === 'invalid_type')
        return wanted(`a group of settings (${names.join(', ')})`).error(issue);
      if (issue.code !== 'unrecognized_keys') return undefined;
      const key = issue.keys[0] ?? '';
      return `does not know '${key}'${suggestion(key, names)}; it knows ${names.join(', ')}`;
    },
  });
}

/** One of several names. */
export function oneOf<const N extends string>(names: readonly N[]) {
  return z.enum(names as readonly [N, ...N[]], {
    error: ({ input }) => {
      if (input === undefined) return `must be given: ${names.join(', ')}`;
      const meant = typeof input === 'string' ? suggestion(input, names) : '';
      return `must be ${names.join(', ')}, got ${show(input)}${meant}`;
    },
  });
}

/** A whole number of at least `minimum`. */
export function whole(minimum = 1) {
  return z.int(wanted(`a whole number of at least ${minimum}`)).min(minimum, wanted(`at least ${minimum}`));
}

/** A number that passes `test`; `expected` says in words what that is. */
export function number(expected: string, test: (value: number) => boolean) {
  return z.number(wanted(expected)).refine(test, wanted(expected));
}

/** Any text, or one that passes `test`. */
export function words(expected: string, test: (value: string) => boolean = () => true) {
  return z.string(wanted(expected)).refine(test, wanted(expected));
}

/** The sentence for one expected kind of value. */
export function wanted(expected: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? `must be given: ${expected}` : `must be ${expected}, got ${show(input)}`,
  };
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth) as string[], true);
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range) return ` line ${lines.linePos(range[0]).line}`;
  }
  return '';
}

/** An issue inside one branch of several is more telling than "matches none": take the branch that got furthest. */
function deepest(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const inner = issue.errors.flat().map(deepest);
  const best = inner.sort((a, b) => b.path.length - a.path.length)[0];
  return best ? { path: [...issue.path, ...best.path], message: best.message } : issue;
}

/** The document as plain values; an alias may be undefined, or hide a bomb. */
function plain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError(
      `${file}: it must be YAML without undefined or endless aliases (${(error as Error).message})`,
    );
  }
}

/**
 * Reads YAML text by a schema. Throws `ConfigError` with one sentence that names file, line and key, says what is allowed and
 * what was probably meant.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistake = document.errors[0];
  if (mistake) {
    const { line } = lines.linePos(mistake.pos[0]);
    throw new ConfigError(`${file} line ${line}: it must be YAML (${mistake.message.split('\n')[0]})`);
  }
  const parsed = schema.safeParse(plain(document, file));
  if (parsed.success) return parsed.data;
  const { path, message } = deepest(parsed.error.issues[0] as z.core.$ZodIssue);
  const key = path.length > 0 ? `'${path.join('.')}'` : 'the file';
  throw new ConfigError(`${file}${lineOf(document, lines, path)}: ${key} ${message}`);
}

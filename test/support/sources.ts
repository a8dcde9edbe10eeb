import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root = path.resolve(__dirname, '..', '..');

/** A file of the project: its path from the root with forward slashes, and its text. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

const generated = [/^kernel-ext\/share\/jupyter\/labextensions\//, /\.bytes\.ts$/, /\/node_modules\//];

/** All files below the given files and folders whose names end in one of `endings`, without generated ones. */
export function sources(places: readonly string[], endings: readonly string[]): Source[] {
  const found: Source[] = [];
  const visit = (relative: string): void => {
    if (generated.some((pattern) => pattern.test(`${relative}/`) || pattern.test(relative))) return;
    const stat = statSync(path.join(root, relative), { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      for (const name of readdirSync(path.join(root, relative)).sort()) visit(`${relative}/${name}`);
    } else if (stat && endings.some((ending) => relative.endsWith(ending))) {
      found.push({ file: relative, text: readFileSync(path.join(root, relative), 'utf8') });
    }
  };
  for (const place of places) visit(place);
  return found;
}

/** A text without its comments; strings are left alone. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, string: string | undefined) => string ?? ' ',
  );
}

/** The module names that a TypeScript text imports, exports from, or requires. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const patterns = [
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]\s*\)/g,
    /createRequire\([^)]*\)\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] as string));
}

/** Where a relative import of `file` leads: a path from the root without ending, or undefined for a package. */
export function target(file: string, imported: string): string | undefined {
  if (!imported.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(file), imported).replace(/\.(?:js|ts)$/, '');
}

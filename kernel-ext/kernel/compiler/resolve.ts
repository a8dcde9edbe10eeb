import { basename, dirname, join } from 'node:path';
import type ts from 'typescript';
import type { Folders, TypeScript } from './typescript';

const cellFiles = new Set(['__tslab__.ts', '__prev__.d.ts']);

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

/**
 * How imports are found. tslab believes that its cells lie in the project's root (so that `../src` is not refused as lying
 * outside); here they are resolved from the folder of the notebook. Results are remembered: without that a cell with
 * tfjs takes seconds.
 */
export function cellResolver(
  stock: TypeScript,
  folders: Folders,
  options: ts.CompilerOptions,
  sys: ts.System,
): Pick<ts.WatchCompilerHost<ts.BuilderProgram>, 'resolveModuleNameLiterals' | 'getModuleResolutionCache'> {
  const cache = stock.createModuleResolutionCache(folders.project, (path) => path, options);
  const known = new Map<string, Resolution>();

  const resolve = (name: string, containing: string): Resolution => {
    const inCell = cellFiles.has(basename(containing));
    const from = inCell ? join(folders.notebook, basename(containing)) : containing;
    const key = `${dirname(from)}\0${name}`;
    const before = known.get(key)?.resolvedModule;
    // a file that has gone must be looked for again, and so must a cell's import that was not there yet
    if (before && (!inCell || sys.fileExists(before.resolvedFileName))) return { resolvedModule: before };
    const look = (file: string): Resolution =>
      stock.resolveModuleName(name, file, options, sys, inCell ? undefined : cache);
    let found = look(from);
    // a notebook far from any node_modules still knows this package and what it brings; a cell's own `@module` lies in the root
    if (!found.resolvedModule && inCell)
      found = look(name.startsWith('.') ? containing : join(folders.ourselves, 'cell.ts'));
    if (found.resolvedModule) known.set(key, found);
    return found;
  };

  return {
    getModuleResolutionCache: () => cache,
    resolveModuleNameLiterals: (literals, containing) =>
      literals.map((literal) => resolve(literal.text, containing)),
  };
}

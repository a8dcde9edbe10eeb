import { createRequire } from 'node:module';
import type ts from 'typescript';
import { cellPrograms } from './builder';
import type { Peek } from './builder';
import { forkFunctions } from './missing';
import type { SharedNames } from './live';
import { cellOptions } from './options';
import { cellResolver } from './resolve';
import type { SourceMaps } from './sourceMaps';
import { cellTranspiler } from './transpile';
import { loadTypeScript } from './typescript';
import type { Folders, TypeScript } from './typescript';

/**
 * Puts stock TypeScript, adapted, where tslab expects its own fork of 5.0. Must run before tslab's converter is loaded.
 */
export function installCompiler(
  folders: Folders,
  maps: SourceMaps,
  shared: SharedNames,
  peek: Peek,
): TypeScript {
  const stock = loadTypeScript();
  const adapted: Record<string, unknown> = {
    ...forkFunctions(stock, folders),
    transpileModule: cellTranspiler(stock, maps, shared),
    createWatchCompilerHost: watchHost(stock, folders, peek),
  };
  // tslab takes the working directory for the root that imports must not leave
  stock.sys.getCurrentDirectory = () => folders.project.replaceAll('\\', '/');

  const exports: object = {};
  for (const name of new Set([...Object.keys(stock), ...Object.keys(adapted)]))
    Object.defineProperty(exports, name, {
      enumerable: true,
      get: () => adapted[name] ?? Reflect.get(stock, name),
    });
  const load = createRequire(require.resolve('tslab/package.json'));
  const id = load.resolve('@tslab/typescript-for-tslab');
  load.cache[id] = Object.assign(Object.create(module.constructor.prototype), {
    id,
    filename: id,
    loaded: true,
    exports,
    children: [],
    paths: [],
  }) as NodeModule;
  return stock;
}

type Report = (diagnostic: ts.Diagnostic) => void;

function watchHost(stock: TypeScript, folders: Folders, peek: Peek) {
  return (
    files: string[],
    options: ts.CompilerOptions,
    sys: ts.System,
    program: undefined,
    report: Report,
  ) => {
    const ours = cellOptions(stock, options);
    const host = stock.createWatchCompilerHost(
      files,
      ours,
      sys,
      cellPrograms(stock, peek, sys),
      report,
      () => {},
    );
    return Object.assign(host, cellResolver(stock, folders, ours, sys));
  };
}

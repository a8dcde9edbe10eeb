import type ts from 'typescript';
import type { TypeScript } from './typescript';

/** The compiler options for cells: tslab's, less what stock TypeScript has dropped, plus what the kernel needs. */
export function cellOptions(stock: TypeScript, fromTslab: ts.CompilerOptions): ts.CompilerOptions {
  const options: ts.CompilerOptions & Record<string, unknown> = {
    ...fromTslab,
    lib: libraries().map((name) => `lib.${name}.d.ts`),
    moduleResolution: stock.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: false,
    // only Node's own globals: a project's test framework is not part of a notebook
    types: ['node'],
    inlineSourceMap: true,
  };
  // options of the fork only
  delete options['noImplicitUseStrict'];
  delete options['disableTopLevelAwait'];
  return options;
}

/** The library that the running Node really has. */
function libraries(): string[] {
  const major = Number(process.versions.node.split('.')[0]);
  const extra = ['esnext.disposable', 'esnext.decorators'];
  if (major >= 24) return ['esnext'];
  if (major >= 22) return ['es2024', 'esnext.collection', 'esnext.array', 'esnext.iterator', ...extra];
  return ['es2023', ...extra];
}

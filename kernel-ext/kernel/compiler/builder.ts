import type ts from 'typescript';
import type { TypeScript } from './typescript';

// tslab builds two programs per cell, each with TypeScript's incremental book-keeping over every file that any import has brought
// in: with TensorFlow.js loaded that was most of a cell's time. Neither is needed here.

/** The text of the cell that is about to be looked at only for the names that it declares. */
export interface Peek {
  text: string | undefined;
}

type CreateProgram = ts.CreateProgram<ts.BuilderProgram>;

/** Makes the programs that tslab's converter works with. */
export function cellPrograms(stock: TypeScript, peek: Peek, sys: ts.System): CreateProgram {
  return (rootNames, options, host, before, faults) => {
    const cellFile = rootNames?.find((name) => name.endsWith('/__tslab__.ts'));
    const text = cellFile && peek.text !== undefined ? sys.readFile(cellFile) : undefined;
    if (cellFile && before && text !== undefined && text === peek.text) {
      const cell = boundFile(stock, cellFile, text, options ?? {});
      // a cell without names is compiled from this program, so that it must be a real one
      if ((cell.locals?.size ?? 0) > 0) return withCell(before, cellFile, cell);
    }
    const real = before && originals.get(before);
    const builder = stock.createAbstractBuilder(rootNames, options, host, real ?? before, faults);
    builder.getAllDependencies = (file) => sourcesBehind(builder.getProgram(), file);
    return builder;
  };
}

type Bound = ts.SourceFile & { readonly locals?: ReadonlyMap<string, unknown> };

function boundFile(stock: TypeScript, name: string, text: string, options: ts.CompilerOptions): Bound {
  const file = stock.createSourceFile(name, text, stock.ScriptTarget.Latest, true);
  stock.bindSourceFile(file, options);
  return file;
}

const originals = new WeakMap<ts.BuilderProgram, ts.BuilderProgram>();

/** The program from before, which knows another text of the cell. */
function withCell(before: ts.BuilderProgram, name: string, cell: ts.SourceFile): ts.BuilderProgram {
  const real = originals.get(before) ?? before;
  const seen: ts.BuilderProgram = {
    ...real,
    getSourceFile: (wanted) => (wanted === name ? cell : real.getSourceFile(wanted)),
  };
  originals.set(seen, real);
  return seen;
}

type WithImports = ts.SourceFile & { readonly imports?: readonly ts.StringLiteralLike[] };
type WithResolutions = ts.Program & {
  getResolvedModuleFromModuleSpecifier(
    literal: ts.StringLiteralLike,
    file: ts.SourceFile,
  ): Resolved | undefined;
};
interface Resolved {
  readonly resolvedModule?: ts.ResolvedModuleFull | undefined;
}

/** The file and the sources that it imports, directly or not. Declarations are left out: they have no code. */
function sourcesBehind(program: ts.Program, start: ts.SourceFile): string[] {
  const { getResolvedModuleFromModuleSpecifier: resolve } = program as WithResolutions;
  // the checker links the nodes of all files to their parents, which resolving needs
  program.getTypeChecker();
  const found = new Set<string>();
  const visit = (file: WithImports): void => {
    if (found.has(file.fileName) || file.isDeclarationFile) return;
    found.add(file.fileName);
    for (const literal of file.imports ?? []) {
      const path = resolve(literal, file)?.resolvedModule?.resolvedFileName;
      const imported = path === undefined ? undefined : program.getSourceFile(path);
      if (imported && !program.isSourceFileFromExternalLibrary(imported)) visit(imported);
    }
  };
  visit(start);
  return [...found];
}

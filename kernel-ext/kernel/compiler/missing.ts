import { dirname, join, posix } from 'node:path';
import type ts from 'typescript';
import type { Folders, TypeScript } from './typescript';

// tslab compiles with a fork of TypeScript 5.0. What the fork has and stock TypeScript lacks is exactly this.

/** The functions that tslab's converter expects of its compiler, written with stock TypeScript. */
export function forkFunctions(stock: TypeScript, folders: Folders): Record<string, unknown> {
  return {
    getNullTransformationContext: () => stock.nullTransformationContext,
    getDefaultTypeRoots: (from: string) => typeRoots(stock, from, folders),
    getPreEmitDiagnosticsOfFiles: cellDiagnostics(stock),
    getQuickInfoAtPosition: (file: ts.SourceFile, checker: ts.TypeChecker, _: unknown, position: number) =>
      quickInfo(stock, file, checker, position),
    Completions: { ...stock.Completions, getCompletionsAtPositionForTslab: completions(stock, folders) },
  };
}

/** Every `node_modules/@types` from the project upwards, then our own, so that `console` has a type anywhere. */
function typeRoots(stock: TypeScript, from: string, folders: Folders): string[] {
  const roots: string[] = [];
  for (const start of [from, folders.ourselves]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const root = posix.join(folder.replaceAll('\\', '/'), 'node_modules/@types');
      if (!roots.includes(root) && stock.sys.directoryExists(root)) roots.push(root);
      if (dirname(folder) === folder) break;
    }
  }
  return roots;
}

/**
 * Faults of a cell and of the project's files that it imports. Those files are checked again only when one of them is another one
 * than last time: a notebook that imports `../src` must not check all of it in each cell.
 */
function cellDiagnostics(stock: TypeScript) {
  const faultless = new WeakSet<ts.SourceFile>();
  return (program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[] => {
    const [cell, ...imported] = files;
    const known = imported.every((file) => faultless.has(file));
    const found: ts.Diagnostic[] = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
    for (const file of known && cell ? [cell] : files) {
      const own = [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
        ...program.getDeclarationDiagnostics(file),
      ];
      if (own.length === 0) faultless.add(file);
      else faultless.delete(file);
      found.push(...own);
    }
    return stock.sortAndDeduplicateDiagnostics(found);
  };
}

function quickInfo(
  stock: TypeScript,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  position: number,
): ts.QuickInfo | undefined {
  const node = stock.getTouchingPropertyName(file, position);
  if (node === file) return undefined;
  const textSpan = { start: node.getStart(file), length: node.getEnd() - node.getStart(file) };
  const symbol = checker.getSymbolAtLocation(node);
  if (!symbol) {
    if (!stock.isExpression(node) || stock.isLiteralExpression(node)) return undefined;
    const type = checker.typeToString(checker.getTypeAtLocation(node));
    return {
      kind: stock.ScriptElementKind.unknown,
      kindModifiers: '',
      textSpan,
      displayParts: [{ text: type, kind: 'text' }],
    };
  }
  const { symbolKind, ...parts } = stock.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
    checker,
    symbol,
    file,
    stock.getContainerNode(node),
    node,
  );
  return { ...parts, kind: symbolKind, kindModifiers: '', textSpan };
}

type CompletionArguments = Parameters<TypeScript['Completions']['getCompletionsAtPosition']>;

function completions(stock: TypeScript, folders: Folders) {
  return (...given: CompletionArguments): ts.CompletionInfo | undefined => {
    const [host, program, log, file, position, preferences, trigger, kind, cancellation] = given;
    const { fileExists, readFile, directoryExists, getDirectories, readDirectory } = stock.sys;
    const fullHost = {
      ...host,
      fileExists,
      readFile,
      directoryExists,
      getDirectories,
      readDirectory,
      getCompilationSettings: () => program.getCompilerOptions(),
      getCurrentDirectory: () => folders.project,
      getPackageJsonsVisibleToFile: () => [],
      useCaseSensitiveFileNames: () => true,
      getProjectReferences: () => undefined,
      realpath: (path: string) => stock.sys.realpath?.(path) ?? path,
      getNearestAncestorDirectoryWithPackageJson: (folder: string) =>
        stock.sys.fileExists(join(folder, 'package.json')) ? folder : folders.project,
    };
    return stock.Completions.getCompletionsAtPosition(
      fullHost,
      program,
      log,
      file,
      position,
      preferences,
      trigger,
      kind,
      cancellation,
      undefined,
    );
  };
}

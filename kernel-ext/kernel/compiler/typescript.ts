import { createRequire } from 'node:module';
import type ts from 'typescript';

/** The stock compiler with the unpublished parts that tslab's converter leans on (present in 5.9). */
export interface StockTypeScript {
  readonly nullTransformationContext: ts.TransformationContext;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  getContainerNode(node: ts.Node): ts.Declaration | undefined;
  readonly SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): Omit<ts.QuickInfo, 'kind' | 'kindModifiers' | 'textSpan'> & { symbolKind: ts.ScriptElementKind };
  };
  readonly Completions: {
    getCompletionsAtPosition(
      host: object,
      program: ts.Program,
      log: () => void,
      file: ts.SourceFile,
      position: number,
      preferences: ts.UserPreferences,
      trigger: string | undefined,
      kind: ts.CompletionTriggerKind | undefined,
      cancellation: ts.CancellationToken,
      formatting: undefined,
    ): ts.CompletionInfo | undefined;
  };
}

export type TypeScript = typeof ts & StockTypeScript;

/**
 * Loads the compiler (150 ms). Through `require`, because the kernel must answer its first request before this.
 */
export function loadTypeScript(): TypeScript {
  return createRequire(__filename)('typescript') as TypeScript;
}

/** Where the notebook is, where its project begins and where this package begins. */
export interface Folders {
  readonly notebook: string;
  readonly project: string;
  readonly ourselves: string;
}

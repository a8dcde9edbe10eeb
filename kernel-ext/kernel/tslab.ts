import type ts from 'typescript';

// The parts of tslab 1.0.22 that the kernel stands on, typed here because tslab's own types name its private compiler.

/** What tslab puts in front of every cell, so that it is a module; one line. */
export const hiddenPrefix = 'export {};\n';

export interface Position {
  readonly offset: number;
  /** Counts from 0. */
  readonly line: number;
  /** Counts from 0. */
  readonly character: number;
}

/** One line of a compiler message; a message with explanations comes as several with the same start. */
export interface Diagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly category: number;
  readonly code: number;
  /** Set for a project's file, absent for the cell. */
  readonly fileName?: string;
}

/** Compiled text of a project's file that cells import. */
export interface SideOutput {
  readonly path: string;
  readonly data: string;
}

export interface Converted {
  readonly output?: string;
  /** Declarations of everything that this and earlier cells declare. */
  readonly declOutput?: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Under which name the cell leaves its last expression. */
  readonly lastExpressionVar?: string | undefined;
  readonly hasToplevelAwait?: boolean;
  readonly sideOutputs?: readonly SideOutput[];
}

export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
  readonly original?: ts.CompletionInfo;
}

export interface TslabConverter {
  convert(declarations: string, code: string): Converted;
  inspect(declarations: string, code: string, position: number): ts.QuickInfo | undefined;
  complete(declarations: string, code: string, position: number): Completion;
  addModule(name: string, content: string, meta?: unknown): readonly Diagnostic[];
  close(): void;
}

export interface TslabExecutor {
  execute(code: string): Promise<boolean>;
  inspect(code: string, position: number): ts.QuickInfo | undefined;
  complete(code: string, position: number): Completion;
  interrupt(): void;
}

export interface Tslab {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): TslabConverter;
  createExecutor(
    folder: string,
    converters: { node: TslabConverter; browser: TslabConverter; close(): void },
    console: { log(...values: unknown[]): void; error(...values: unknown[]): void },
  ): TslabExecutor;
}

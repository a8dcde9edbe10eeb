import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';
import { installCompiler } from './compiler/install';
import type { Peek } from './compiler/builder';
import { awaitsAtTopLevel } from './compiler/awaits';
import { SourceMaps } from './compiler/sourceMaps';
import type { Folders, TypeScript } from './compiler/typescript';
import { Declarations } from './execution/declarations';
import { LiveVariables } from './execution/liveVariables';
import { defineGlobal, guardNames } from './execution/globals';
import { hiddenPrefix } from './tslab';
import type {
  Completion,
  Converted,
  Diagnostic,
  SideOutput,
  Tslab,
  TslabConverter,
  TslabExecutor,
} from './tslab';

/** How a cell ended, before anything is made of it for display. */
export type EngineResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'thrown'; readonly error: unknown };

/** tslab's converter and executor on stock TypeScript. Loading takes 1.5 to 2 seconds of compiler work. */
export class Engine {
  readonly maps: SourceMaps;
  readonly variables = new LiveVariables();
  readonly typescript: TypeScript;
  private readonly tslab: Tslab;
  private readonly executor: TslabExecutor;
  private readonly declarations: Declarations;
  private converter: TslabConverter;
  private converted: Converted | undefined;
  private readonly peek: Peek = { text: undefined };
  private readonly failures: unknown[] = [];

  /** @param compiling told when the compiler begins and ends, because it must not be broken off */
  constructor(
    folders: Folders,
    private readonly compiling: (busy: boolean) => void,
  ) {
    compiling(true);
    this.maps = new SourceMaps(folders.project);
    this.typescript = installCompiler(folders, this.maps, this.variables, this.peek);
    this.declarations = new Declarations(this.typescript);
    const load = createRequire(__filename);
    this.tslab = {
      ...(load('tslab/dist/converter') as Tslab),
      ...(load('tslab/dist/executor') as Tslab),
    };
    this.converter = this.tslab.createConverter({ isJS: false, isBrowser: false });
    const node: TslabConverter = {
      convert: (_, code) => this.convert(code),
      inspect: (_, code, position) => this.converter.inspect(this.declarations.text, code, position),
      complete: (_, code, position) => this.converter.complete(this.declarations.text, code, position),
      addModule: (name, content, meta) => this.converter.addModule(name, content, meta),
      close: () => this.converter.close(),
    };
    this.executor = this.tslab.createExecutor(
      folders.notebook,
      { node, browser: node, close: () => node.close() },
      {
        log: () => {},
        error: (...values) => {
          // strings are tslab's print of type errors, which are taken from the converter itself
          if (values.length === 1) this.failures.push(values[0]);
        },
      },
    );
    const shared = Reflect.get(globalThis, '__tslab__') as { exports: object; require: NodeJS.Require };
    shared.exports = this.variables.exports;
    shared.require = requireAlso(shared.require, createRequire(join(folders.ourselves, 'cell.js')));
    defineGlobal(guardNames.cells, this.variables);
    compiling(false);
  }

  /** Runs one cell. `number` is what its stack frames will call it. */
  async execute(code: string, number: number): Promise<EngineResult> {
    this.maps.cell = number;
    this.variables.begin();
    this.converted = undefined;
    this.failures.length = 0;
    const completed = await this.executor.execute(code);
    const converted = this.keep(completed);
    if (converted && converted.diagnostics.length > 0)
      return { kind: 'diagnostics', diagnostics: converted.diagnostics };
    if (!completed && this.failures.length > 0) return { kind: 'thrown', error: this.failures.pop() };
    if (!converted?.lastExpressionVar) return { kind: 'nothing' };
    return { kind: 'value', value: this.variables.take(converted.lastExpressionVar) };
  }

  /** Lets go of a cell that waits, keeping what it has declared and assigned so far. */
  interrupt(): void {
    this.keep(false);
    this.executor.interrupt();
  }

  /** Takes over the declarations of the cell that ran; once per cell. */
  private keep(completed: boolean): Converted | undefined {
    const converted = this.converted;
    this.converted = undefined;
    if (converted && converted.diagnostics.length === 0)
      this.declarations.commit(converted.declOutput ?? '', completed, this.variables);
    return converted;
  }

  /** What could stand at this position. */
  complete(code: string, position: number): Completion {
    return this.guarded(() => this.executor.complete(code, position));
  }

  /** What the name at this position is. */
  inspect(code: string, position: number): ts.QuickInfo | undefined {
    return this.guarded(() => this.executor.inspect(code, position));
  }

  private convert(code: string): Converted {
    this.peek.text = hiddenPrefix + code;
    const converted = this.guarded(() => this.converter.convert(this.declarations.text, code));
    this.peek.text = undefined;
    this.converted = converted;
    return {
      ...converted,
      ...(converted.sideOutputs && { sideOutputs: withFolders(converted.sideOutputs) }),
      hasToplevelAwait: awaitsAtTopLevel(this.typescript, code),
      // read from the shared variables here, so that null is a value like any other
      lastExpressionVar: undefined,
    };
  }

  /** Runs compiler work; if the compiler fails on the way, it is built anew, because it is left half updated. */
  private guarded<T>(work: () => T): T {
    this.compiling(true);
    try {
      return work();
    } catch (error) {
      this.converter.close();
      this.converter = this.tslab.createConverter({ isJS: false, isBrowser: false });
      throw error;
    } finally {
      this.compiling(false);
    }
  }
}

/** `import '../src'` means its index: tslab knows files only. */
function withFolders(outputs: readonly SideOutput[]): SideOutput[] {
  return outputs.flatMap((output) => {
    const folder = /^(.*?([^/]+))\/index\.js$/.exec(output.path);
    if (!folder) return [output];
    const [, path, name] = folder;
    return [output, { path: `${path}.js`, data: `module.exports = require('./${name}/index.js');` }];
  });
}

/** A notebook far from any node_modules can still import this package and what it brings along. */
function requireAlso(first: NodeJS.Require, second: NodeJS.Require): NodeJS.Require {
  return new Proxy(first, {
    apply: (_, self, [id]: [string]) => {
      try {
        return Reflect.apply(first, self, [id]) as unknown;
      } catch (error) {
        if (!isMissing(error, id) || id.startsWith('.')) throw error;
        try {
          return second(id) as unknown;
        } catch (again) {
          throw isMissing(again, id) ? error : again;
        }
      }
    },
  });
}

function isMissing(error: unknown, id: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'MODULE_NOT_FOUND' &&
    error.message.includes(`'${id}'`)
  );
}

import { TraceMap } from '@jridgewell/trace-mapping';
import type ts from 'typescript';
import { interruptible } from './guards';
import { CellVariables } from './live';
import type { SharedNames } from './live';
import { splitInlineMap } from './sourceMaps';
import type { SourceMaps } from './sourceMaps';
import type { TypeScript } from './typescript';

const moduleMark = 'Object.defineProperty(exports, "__esModule", { value: true });';

/**
 * The second of tslab's two steps, JavaScript module to CommonJS, done our way: with loop guards, shared cell variables, and
 * positions that lead back through both steps.
 */
export function cellTranspiler(
  stock: TypeScript,
  maps: SourceMaps,
  shared: SharedNames,
): typeof ts.transpileModule {
  return (text, options) => {
    const { code, map } = splitInlineMap(text);
    const isCell = map?.sources.some((source) => source?.endsWith('__tslab__.ts')) ?? false;
    const variables = new CellVariables(stock, shared);
    const compilerOptions: ts.CompilerOptions = { ...options.compilerOptions, sourceMap: true };
    // an option of tslab's own compiler only
    delete compilerOptions.noImplicitUseStrict;
    const output = stock.transpileModule(code, {
      ...options,
      compilerOptions,
      transformers: isCell
        ? { before: [variables.before, interruptible(stock)], after: [variables.after] }
        : { before: [interruptible(stock)] },
    });
    const second = new TraceMap(output.sourceMapText ?? '{"version":3,"sources":[],"mappings":""}');
    const script = maps.add(map ? [second, map] : [second]);
    const body = output.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    const complete = isCell ? body.replace(moduleMark, () => moduleMark + variables.registration) : body;
    return { ...output, outputText: `${complete}\n//# sourceURL=${script}\n` };
  };
}

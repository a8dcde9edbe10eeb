import { TraceMap } from '@jridgewell/trace-mapping';
import type ts from 'typescript';
import { interruptible } from './guards';
import { keepExports, registration, shareDeclarations } from './live';
import type { CellNames } from './live';
import { splitInlineMap } from './sourceMaps';
import type { SourceMaps } from './sourceMaps';
import type { TypeScript } from './typescript';

const moduleMark = 'Object.defineProperty(exports, "__esModule", { value: true });';

/**
 * The second of tslab's two steps, JavaScript module to CommonJS, done our way: with loop guards, shared cell variables, and
 * positions that lead back through both steps.
 */
export function cellTranspiler(stock: TypeScript, maps: SourceMaps): typeof ts.transpileModule {
  return (text, options) => {
    const { code, map } = splitInlineMap(text);
    const isCell = map?.sources.some((source) => source?.endsWith('__tslab__.ts')) ?? false;
    const names: CellNames = { variables: [], imports: [] };
    const { noImplicitUseStrict: _, ...compilerOptions } = { ...options.compilerOptions } as Record<
      string,
      unknown
    >;
    const output = stock.transpileModule(code, {
      ...options,
      compilerOptions: { ...compilerOptions, sourceMap: true },
      transformers: isCell
        ? {
            before: [shareDeclarations(stock, names), interruptible(stock)],
            after: [keepExports(stock)],
          }
        : { before: [interruptible(stock)] },
    });
    const second = new TraceMap(output.sourceMapText ?? '{"version":3,"sources":[],"mappings":""}');
    const script = maps.add(map ? [second, map] : [second]);
    const body = output.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    const shared = isCell ? body.replace(moduleMark, () => moduleMark + registration(names)) : body;
    return { ...output, outputText: `${shared}\n//# sourceURL=${script}\n` };
  };
}

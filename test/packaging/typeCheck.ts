import path from 'node:path';
import type ts from 'typescript';

/**
 * What the compiler named `compiler` says, in strict mode, about files of a consumer and about the declarations of
 * attention-lab that it reads. Other packages' declarations are not ours to check.
 */
export function complaints(
  compiler: 'typescript' | '@tslab/typescript-for-tslab',
  files: readonly string[],
  resolution: 'Node16' | 'Node10',
): string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the name decides which compiler this is
  const tsc = require(compiler) as typeof ts;
  const program = tsc.createProgram(files, {
    target: tsc.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    module: resolution === 'Node16' ? tsc.ModuleKind.Node16 : tsc.ModuleKind.CommonJS,
    moduleResolution: tsc.ModuleResolutionKind[resolution],
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [path.join(path.dirname(files[0] ?? ''), 'node_modules', '@types')],
  });
  const read = program
    .getSourceFiles()
    .filter(({ fileName }) => files.includes(fileName) || fileName.includes('/node_modules/attention-lab/'));
  return read
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ])
    .map(({ file: source, messageText, start = 0 }) => {
      const line = source ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${path.basename(source?.fileName ?? '')}:${line} ${tsc.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

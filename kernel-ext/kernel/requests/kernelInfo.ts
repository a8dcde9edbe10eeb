import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageFolder } from '../folders';
import { protocolVersion } from '../protocol';
import type { Json } from '../protocol';

/** The `kernel_info_reply`. Cheap: versions come from package files, so that it is ready before the compiler is. */
export function kernelInfo(): Json {
  const load = createRequire(__filename);
  const version = (path: string): string => String((load(path) as { version?: unknown }).version);
  const typescript = version('typescript/package.json');
  const own = version(join(packageFolder(), 'package.json'));
  return {
    status: 'ok',
    protocol_version: protocolVersion,
    implementation: 'attention-lab',
    implementation_version: own,
    banner: `Attention Lab ${own} · TypeScript ${typescript} · Node ${process.versions.node}`,
    debugger: false,
    supported_features: [],
    help_links: [{ text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/' }],
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
  };
}

// `node scripts/run.mjs file.ts [arguments]`: runs one TypeScript file of the project with tsx
import { checkNode } from './lib/checkNode.mjs';

checkNode();
const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('✗ Name a TypeScript file: node scripts/run.mjs bench/index.ts --json');
  process.exit(2);
}
import('./lib/processes.mjs').then(async ({ handOver }) => {
  process.exitCode = await handOver(process.execPath, ['--import', 'tsx', file, ...args]);
});

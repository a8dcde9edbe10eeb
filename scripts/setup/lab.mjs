// opens JupyterLab on notebooks/ once everything it needs is in place
import process from 'node:process';
import { mustHavePort } from '../lib/checks.mjs';
import { bold, say, seconds } from '../lib/console.mjs';
import { inRoot, inVenv } from '../lib/paths.mjs';
import { handOver } from '../lib/processes.mjs';
import { setUp } from './index.mjs';

/** What `npm start` does; resolves with JupyterLab's exit code. */
export async function start(args) {
  const began = performance.now();
  await mustHavePort(args);
  const changed = await setUp();
  say(`${changed ? 'set up' : 'everything was in place'} after ${seconds(began)}`);
  const root = process.getuid?.() === 0 && !args.some((one) => one.startsWith('--allow-root'));
  if (root) say('you are root: JupyterLab gets --allow-root');
  console.log(bold('▸ Opening JupyterLab on notebooks/ (Ctrl-C twice ends it)'));
  return handOver(inVenv('python'), [
    ...['-m', 'jupyter', 'lab', `--ServerApp.root_dir=${inRoot('notebooks')}`],
    ...(root ? ['--allow-root'] : []),
    ...args,
  ]);
}

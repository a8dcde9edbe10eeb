// hands the notebooks to nbclient in .venv and reads its verdicts
import fs from 'node:fs';
import path from 'node:path';
import { Trouble } from '../lib/console.mjs';
import { cache, inRoot, inVenv } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';

const usage =
  'Use `npm run notebooks [-- [--write] [--full] [name …]]`: --write runs at full length and stores the outputs, --full runs at full length without storing.';

/** The notebooks whose file name contains one of `wanted`, or all of them. */
function choose(wanted) {
  const all = fs.readdirSync(inRoot('notebooks')).filter((name) => name.endsWith('.ipynb'));
  const chosen = wanted.length === 0 ? all : all.filter((name) => wanted.some((part) => name.includes(part)));
  if (chosen.length > 0) return chosen.sort().map((name) => inRoot('notebooks', name));
  throw new Trouble(
    all.length === 0
      ? 'There is no notebook in notebooks/: this clone is incomplete, clone it again.'
      : `No notebook is called ${wanted.join(' or ')}; there are ${all.join(', ')}.`,
  );
}

/** Executes notebooks and resolves with `{passed, failed}`. */
export async function runNotebooks(args) {
  const flags = args.filter((arg) => arg.startsWith('-'));
  if (flags.some((flag) => !['--write', '--inplace', '--full'].includes(flag))) throw new Trouble(usage);
  const write = flags.includes('--write') || flags.includes('--inplace');
  const full = write || flags.includes('--full');
  const notebooks = choose(args.filter((arg) => !arg.startsWith('-')));
  const verdicts = path.join(cache, 'test', 'notebooks.json');
  fs.mkdirSync(path.dirname(verdicts), { recursive: true });
  fs.rmSync(verdicts, { force: true });
  await run(
    inVenv('python'),
    [
      inRoot('scripts', 'run_notebooks.py'),
      ...(write ? ['--write'] : []),
      '--verdicts',
      verdicts,
      ...notebooks,
    ],
    // in fast mode the notebooks train fewer steps; what is stored is always a full run
    { show: true, env: full ? { ATTENTION_LAB_FAST: '' } : { ATTENTION_LAB_FAST: '1' } },
  );
  if (!fs.existsSync(verdicts)) return { passed: 0, failed: notebooks.length };
  return JSON.parse(fs.readFileSync(verdicts, 'utf8'));
}

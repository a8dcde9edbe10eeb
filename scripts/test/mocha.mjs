// one mocha run in a process of its own, and what it counted
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { cache } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';

/** Runs mocha over `specs` and resolves with `{passed, failed}`; a run that dies early counts as a failure. */
export async function mocha(name, { specs = [], config, env } = {}) {
  const counts = path.join(cache, 'test', `${name}.json`);
  fs.mkdirSync(path.dirname(counts), { recursive: true });
  fs.rmSync(counts, { force: true });
  const { code } = await run(
    process.execPath,
    [
      'node_modules/mocha/bin/mocha.js',
      ...(config ? ['--config', config] : []),
      ...['--reporter', 'scripts/test/reporter.mjs', '--forbid-only', '--forbid-pending'],
      ...specs,
    ],
    { show: true, env: { ...env, ATTENTION_LAB_TEST_COUNTS: counts } },
  );
  const counted = fs.existsSync(counts)
    ? JSON.parse(fs.readFileSync(counts, 'utf8'))
    : { passed: 0, failed: 0 };
  // a crash, a leak that mocha noticed after the last test, or no test at all
  const died = (code !== 0 && counted.failed === 0) || counted.passed + counted.failed === 0;
  return { passed: counted.passed, failed: counted.failed + (died ? 1 : 0) };
}

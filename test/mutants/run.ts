/**
 * `npm run mutants [-- --json] [--only name]`: do the tests bite?
 *
 * Plants one fault at a time in a copy of the sources and runs the conformance suite on it. A fault that no test
 * notices survives, and the command fails.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutants';
import { mutants } from './mutants';

const root = path.join(__dirname, '..', '..');

function copyOfTheHouse(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'attention-lab-mutants-'));
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json', '.mocharc.json']) {
    cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/** Runs the tests on the copy; true when all pass. `--bail`: one failure is enough to be noticed. */
function passes(copy: string, tests: readonly string[]): boolean {
  const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const files = tests.map((test) => path.join(copy, test));
  const run = spawnSync(process.execPath, [mocha, '--bail', ...files], {
    cwd: copy,
    env: { ...process.env, ATTENTION_LAB_BACKEND: process.env['ATTENTION_LAB_BACKEND'] ?? 'wasm' },
    stdio: 'ignore',
    timeout: 300_000,
  });
  return run.status === 0;
}

/** Plants the fault, runs the tests, takes it out again. */
function isKilled(copy: string, { file, from, to, tests, name }: Mutant): boolean {
  const place = path.join(copy, file);
  const source = readFileSync(place, 'utf8');
  if (source.split(from).length !== 2)
    throw new Error(`mutant '${name}': '${from}' must occur exactly once in ${file}`);
  writeFileSync(
    place,
    source.replace(from, () => to),
  );
  try {
    return !passes(copy, tests);
  } finally {
    writeFileSync(place, source);
  }
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const chosen = mutants.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const copy = copyOfTheHouse();
  try {
    const suites = [...new Set(chosen.flatMap(({ tests }) => tests))];
    if (!passes(copy, suites)) throw new Error('the tests fail without any fault; mend that first');
    const survivors: string[] = [];
    for (const [index, mutant] of chosen.entries()) {
      const killed = isKilled(copy, mutant);
      if (!killed) survivors.push(mutant.name);
      process.stderr.write(
        `${index + 1}/${chosen.length} ${killed ? 'killed' : 'SURVIVED'}: ${mutant.name}\n`,
      );
    }
    const report = { killed: chosen.length - survivors.length, total: chosen.length, survivors };
    const prose = `${report.killed} of ${report.total} faults noticed${survivors.length ? `; not noticed: ${survivors.join('; ')}` : ''}`;
    process.stdout.write(`${values.json ? JSON.stringify(report) : prose}\n`);
    if (survivors.length) process.exitCode = 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

main();

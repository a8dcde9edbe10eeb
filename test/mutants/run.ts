/**
 * `npm run mutants [-- --json] [--only name]`: do the tests bite?
 *
 * Plants one fault at a time in a copy of `src` and runs on it the test files that this fault names in mutants.ts, and
 * no others: the conformance suite of the variants for most, the test of one module for the rest. Before that, every
 * file that will be run must pass without a fault.
 *
 * A fault is killed only by a test that ran and failed. One that no test notices survives; one under which the tests
 * hang, crash or cannot be loaded counts as a survivor, too, with the reason beside its name. Either fails the command.
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

type Verdict =
  /** Every test ran and passed. */
  | { readonly kind: 'passed' }
  /** A test ran and failed; its title. */
  | { readonly kind: 'failed'; readonly test: string }
  /** No verdict of the tests: they ran out of time, crashed, or could not be loaded. */
  | { readonly kind: 'error'; readonly reason: string };

/** What mocha's JSON reporter writes, as far as it is read here. */
interface MochaReport {
  readonly stats: { readonly tests: number; readonly passes: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

const minutes = 5;

/** A report of mocha, or nothing where it wrote none: it writes at the end, so a run cut short leaves no file. */
function readReport(file: string): MochaReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as MochaReport;
  } catch {
    return undefined;
  }
}

/** Judges by the report alone: an exit status also tells of crashes, and those are nobody's catch. */
function judge(report: MochaReport): Verdict {
  const { stats, failures } = report;
  // a hook that fails stands for a broken set-up, and a test's own time limit for a slow machine
  const caught = failures.find(
    ({ fullTitle, err }) =>
      !/"(before|after)( all| each)" hook/.test(fullTitle) && !/^Timeout of /.test(err.message ?? ''),
  );
  if (caught) return { kind: 'failed', test: caught.fullTitle };
  const other = failures[0];
  if (other) return { kind: 'error', reason: `${other.fullTitle}: ${other.err.message ?? 'no message'}` };
  if (stats.passes === 0) return { kind: 'error', reason: 'no test ran' };
  return { kind: 'passed' };
}

/** Runs test files on the copy. `--bail`: one failing test is enough to be noticed. */
function runTests(copy: string, tests: readonly string[]): Verdict {
  const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const files = tests.map((test) => path.join(copy, test));
  const output = path.join(copy, 'report.json');
  rmSync(output, { force: true });
  const run = spawnSync(
    process.execPath,
    [mocha, '--bail', '--reporter', 'json', '--reporter-option', `output=${output}`, ...files],
    {
      cwd: copy,
      env: { ...process.env, ATTENTION_LAB_BACKEND: process.env['ATTENTION_LAB_BACKEND'] ?? 'wasm' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: minutes * 60_000,
    },
  );
  const code = (run.error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ETIMEDOUT') return { kind: 'error', reason: `no end within ${minutes} minutes` };
  if (run.error) return { kind: 'error', reason: `mocha did not start: ${run.error.message}` };
  if (run.signal) return { kind: 'error', reason: `ended by ${run.signal}` };
  const report = readReport(output);
  if (report) return judge(report);
  const said = run.stderr.split('\n').find((line) => /Error/.test(line)) ?? 'no message';
  return { kind: 'error', reason: `mocha ended with code ${run.status} before a report: ${said.trim()}` };
}

/** Plants the fault, runs the tests, takes it out again. */
function tryFault(copy: string, { file, from, to, tests, name }: Mutant): Verdict {
  const place = path.join(copy, file);
  const source = readFileSync(place, 'utf8');
  if (source.split(from).length !== 2)
    throw new Error(`mutant '${name}': '${from}' must occur exactly once in ${file}`);
  writeFileSync(
    place,
    source.replace(from, () => to),
  );
  try {
    return runTests(copy, tests);
  } finally {
    writeFileSync(place, source);
  }
}

/** One line about one fault. */
function line({ name }: Mutant, verdict: Verdict): string {
  if (verdict.kind === 'failed') return `killed: ${name} (by: ${verdict.test})`;
  return verdict.kind === 'passed' ? `SURVIVED: ${name}` : `NO VERDICT: ${name} (${verdict.reason})`;
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const chosen = mutants.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (chosen.length === 0) throw new Error(`no mutant is called '${values.only ?? ''}'`);
  const copy = copyOfTheHouse();
  try {
    for (const test of new Set(chosen.flatMap(({ tests }) => tests))) {
      const sane = runTests(copy, [test]);
      if (sane.kind === 'passed') continue;
      const why = sane.kind === 'failed' ? sane.test : sane.reason;
      throw new Error(`${test} fails without any fault (${why}); mend that first`);
    }
    const survivors: string[] = [];
    for (const [index, mutant] of chosen.entries()) {
      const verdict = tryFault(copy, mutant);
      if (verdict.kind === 'passed') survivors.push(mutant.name);
      if (verdict.kind === 'error') survivors.push(`${mutant.name} (no verdict: ${verdict.reason})`);
      process.stderr.write(`${index + 1}/${chosen.length} ${line(mutant, verdict)}\n`);
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

import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileError } from '../core/errors';
import { writeAtomically } from './checkpointFolder';
import type { Evaluation } from './evaluate';
import type { Manifest } from './manifest';

/** One finished training step. */
export interface StepRecord {
  /** From 1. */
  readonly step: number;
  /** Mean over the counted targets, before the update, in nats. */
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
  /** How long the step took. */
  readonly milliseconds: number;
  /** Until the last step, at the pace so far. */
  readonly secondsLeft: number;
  /** Tensors alive after the step, and the bytes they hold: both stay level unless something leaks. */
  readonly tensors: number;
  readonly bytes: number;
  /** On steps that ended with an evaluation. */
  readonly evaluation?: Evaluation;
}

/** What `fit` gives back, and what a log file holds. */
export interface RunLog {
  readonly manifest: Manifest;
  readonly records: readonly StepRecord[];
  /** Whether a signal ended the run before its last step. */
  readonly stopped: boolean;
  /** The last evaluation, if there was one. */
  readonly evaluation?: Evaluation;
}

/** Puts a log together; the last evaluation is taken from the records. */
export function runLog(manifest: Manifest, records: readonly StepRecord[], stopped: boolean): RunLog {
  const evaluation = [...records].reverse().find((record) => record.evaluation)?.evaluation;
  return { manifest, records, stopped, ...(evaluation && { evaluation }) };
}

/** Lines of a log file after the manifest. */
type Line =
  | ({ readonly kind: 'step' } & StepRecord)
  | { readonly kind: 'resumed'; readonly step: number; readonly note?: string }
  | { readonly kind: 'end'; readonly step: number; readonly stopped: boolean };

/** An open log. Every line is on its way to the disk when `write` returns. */
export interface RunLogWriter {
  /** Steps that an earlier session wrote and this one goes on from. */
  readonly earlier: readonly StepRecord[];
  write(line: Line): void;
  close(): void;
}

const NOWHERE: RunLogWriter = { earlier: [], write: () => undefined, close: () => undefined };

function parseLines(file: string): unknown[] {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const whole = lines.filter((line) => line !== '');
  return whole.flatMap((line, i) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      // a kill can cut the last line short; anywhere else it is damage
      if (i === whole.length - 1) return [];
      throw new FileError(`${file}: line ${i + 1} must be JSON, got '${line.slice(0, 40)}'`);
    }
  });
}

function read(file: string): { manifest: Manifest; lines: Line[] } {
  const [first, ...lines] = parseLines(file) as [Manifest | undefined, ...Line[]];
  if (first?.kind !== 'manifest') throw new FileError(`${file}: its first line must be a run's manifest`);
  return { manifest: first, lines };
}

function stepsOf(lines: readonly Line[]): StepRecord[] {
  return lines.flatMap((line) => {
    if (line.kind !== 'step') return [];
    const record: StepRecord & { kind?: string } = { ...line };
    delete record.kind;
    return [record];
  });
}

/**
 * Opens a log file for a run (its folder is made if missing); without `file` nothing is written.
 *
 * A run that starts afresh overwrites the file. One that resumes after `resumedAt` steps keeps the lines up to there:
 * later ones belong to steps that were lost with the interrupted process and are made again. Throws `FileError` if the file
 * cannot be written, or is not a log.
 */
export function openRunLog(
  file: string | undefined,
  manifest: Manifest,
  resumedAt: number | undefined,
): RunLogWriter {
  if (file === undefined) return NOWHERE;
  try {
    return open(file, manifest, resumedAt);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileError(
      `fit: argument 'log' must be a file that can be written, got '${file}' (${reason}); choose another path or free this one`,
      { cause: error },
    );
  }
}

function open(file: string, manifest: Manifest, resumedAt: number | undefined): RunLogWriter {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const earlier =
    resumedAt !== undefined && fs.existsSync(file) && fs.statSync(file).size > 0 ? read(file) : undefined;
  const kept = earlier?.lines.filter(({ step }) => step <= (resumedAt as number)) ?? [];
  const lines = [earlier?.manifest ?? manifest, ...kept];
  writeAtomically(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const descriptor = fs.openSync(file, 'a');
  return {
    earlier: stepsOf(kept),
    write: (line) => fs.writeSync(descriptor, `${JSON.stringify(line)}\n`),
    close: () => fs.closeSync(descriptor),
  };
}

/**
 * Reads a log file back. A last line cut short by a kill is left out. Throws `FileError` if the file is missing or not a log.
 *
 * @example
 * const { records } = readRunLog('runs/elita/log.jsonl');
 */
export function readRunLog(file: string): RunLog {
  if (!fs.existsSync(file)) throw new FileError(`readRunLog: '${file}' does not exist`);
  const { manifest, lines } = read(file);
  const records = stepsOf(lines);
  const last = lines[lines.length - 1];
  return runLog(manifest, records, last?.kind === 'end' && last.stopped);
}

import { ConfigError, expect, expectInteger, StoppedError } from '../core/errors';
import { stopSignal, yieldToEventLoop } from '../core/signal';
import { tf } from '../core/tf';
import { countParameters } from '../core/tree';
import type { BatchSource } from '../data/batches';
import type { Trainable } from '../model/trainable';
import type { Checkpoint } from './checkpoint';
import { canonical, firstDifference, hashOf } from './checkpoint';
import { loadCheckpoint, saveCheckpoint } from './checkpointFolder';
import type { Evaluation } from './evaluate';
import { evaluate } from './evaluate';
import type { Manifest } from './manifest';
import { describeMachine } from './manifest';
import { readWeights, writeWeights } from './parameters';
import type { RunLog, StepRecord } from './runLog';
import { openRunLog, runLog } from './runLog';
import type { Stepper, StepperOptions, StepResult } from './stepper';
import { stepper } from './stepper';

/** How a run goes. */
export interface FitOptions extends StepperOptions {
  /** The run ends after this many steps, counted from the first one of the first session. */
  readonly steps: number;
  /** Judge on the held-out part every so many steps, and after the last. Default never. */
  readonly evaluateEvery?: number;
  /** Called after every step; a promise is waited for. */
  readonly onStep?: (record: StepRecord) => void | Promise<void>;
  /** Ends the run after the step that is under way. In a notebook the running cell's Stop does so by itself. */
  readonly signal?: AbortSignal;
  /** A file for the run log: one JSON object per line, the manifest first. */
  readonly log?: string;
  /** Where and how often to save; also saved at the end and when stopped. */
  readonly checkpoint?: { readonly directory: string; readonly every: number };
  /** Go on from the newest checkpoint, if there is one. The run then equals one that was never interrupted. */
  readonly resume?: boolean;
  /** What model and data were made from, as plain values: log and checkpoint keep it, and resuming compares it. */
  readonly config?: unknown;
  /** For the record: the seeds behind model and data, by name. */
  readonly seeds?: Readonly<Record<string, number>>;
}

/**
 * Trains `model` on `data`. Gives the log of all steps.
 *
 * Weights change in place. Other work runs between steps, between the batches of a step (`accumulate`) and between
 * evaluation batches, so charts move and Stop works; the longest pause is one batch forward and backward. After an abort
 * the step under way is finished, checkpoint and log are written, and nothing runs on: the promise resolves with
 * `stopped: true`. The number of tensors stays level.
 *
 * Throws `ConfigError` for a bad option or a checkpoint of a run with other settings, `FileError` for a damaged file,
 * `DivergedError` if loss or gradient stop being finite (the last checkpoint stays).
 *
 * @example
 * const log = await fit(model, data, { steps: 300, learningRate: 1e-3, onStep: (s) => chart.add(s) });
 */
export async function fit(model: Trainable, data: BatchSource, options: FitOptions): Promise<RunLog> {
  checkOptions(options);
  const signal = stopSignal(options.signal);
  const work = stepper(model, data, options);
  const resumed = options.resume ? takeUp(work, data, options) : undefined;
  const manifest = describeRun(model, data, work, options);
  const log = openRunLog(options.log, manifest, resumed?.step);
  if (resumed) log.write({ kind: 'resumed', ...resumed });
  const records = [...log.earlier];
  let saved = work.steps;
  const save = (): void => {
    if (options.checkpoint && saved < work.steps)
      saveCheckpoint(options.checkpoint.directory, snapshot(work, data, options));
    saved = work.steps;
  };

  try {
    const pace = pacer(options.steps - work.steps);
    while (work.steps < options.steps && !signal?.aborted) {
      const record = await oneStep(work, pace);
      const evaluation = evaluationDue(record.step, options) ? await judge(model, data, signal) : undefined;
      const full: StepRecord = { ...record, ...(evaluation && { evaluation }) };
      records.push(full);
      log.write({ kind: 'step', ...full });
      if (options.checkpoint && record.step % options.checkpoint.every === 0) save();
      await options.onStep?.(full);
      await yieldToEventLoop();
    }
    save();
    const stopped = work.steps < options.steps;
    log.write({ kind: 'end', step: work.steps, stopped });
    return runLog(manifest, records, stopped);
  } finally {
    work.dispose();
    log.close();
  }
}

function checkOptions({ steps, evaluateEvery = 1, checkpoint, resume }: FitOptions): void {
  expectInteger(steps, 'fit', 'steps');
  expectInteger(evaluateEvery, 'fit', 'evaluateEvery');
  expectInteger(checkpoint?.every ?? 1, 'fit', 'checkpoint.every');
  expect(!resume || checkpoint !== undefined, 'fit', 'checkpoint', 'given when resume is', checkpoint);
}

function evaluationDue(step: number, { evaluateEvery, steps }: FitOptions): boolean {
  return evaluateEvery !== undefined && (step % evaluateEvery === 0 || step === steps);
}

/** The evaluation, or nothing if Stop came meanwhile. */
async function judge(
  model: Trainable,
  data: BatchSource,
  signal: AbortSignal | undefined,
): Promise<Evaluation | undefined> {
  try {
    return await evaluate(model, data, signal && { signal });
  } catch (error) {
    if (error instanceof StoppedError) return undefined;
    throw error;
  }
}

type Pacer = (finished: StepResult, milliseconds: number) => { tokensPerSecond: number; secondsLeft: number };

function pacer(steps: number): Pacer {
  const start = performance.now();
  let done = 0;
  return ({ tokens }, milliseconds) => ({
    tokensPerSecond: (1000 * tokens) / milliseconds,
    // by the clock, so that evaluations and callbacks count too
    secondsLeft: ((performance.now() - start) / 1000 / ++done) * (steps - done),
  });
}

async function oneStep(work: Stepper, pace: Pacer): Promise<StepRecord> {
  const start = performance.now();
  while (!work.accumulate()) await yieldToEventLoop();
  await yieldToEventLoop();
  const result = work.update();
  const milliseconds = performance.now() - start;
  const { numTensors, numBytes } = tf.memory();
  const { step, loss, bitsPerByte, learningRate, gradientNorm } = result;
  return {
    step,
    loss,
    bitsPerByte,
    learningRate,
    gradientNorm,
    milliseconds,
    ...pace(result, milliseconds),
    tensors: numTensors,
    bytes: numBytes,
  };
}

function describeRun(model: Trainable, data: BatchSource, work: Stepper, options: FitOptions): Manifest {
  return {
    kind: 'manifest',
    format: 1,
    started: new Date().toISOString(),
    ...describeMachine(),
    parameters: countParameters(model.parameters),
    vocabulary: data.vocabulary,
    bytesPerToken: data.bytesPerToken,
    steps: options.steps,
    settings: work.settings,
    seeds: options.seeds ?? {},
    ...(options.config !== undefined && { config: options.config }),
    configHash: hashOf(options.config),
  };
}

function snapshot(work: Stepper, data: BatchSource, options: FitOptions): Checkpoint {
  return {
    step: work.steps,
    weights: readWeights(work.parameters),
    optimizer: work.optimizer.state,
    data: data.state,
    seeds: options.seeds ?? {},
    settings: work.settings,
    config: options.config,
  };
}

/** Puts model, optimizer and data where the newest checkpoint was; nothing if there is none. */
function takeUp(
  work: Stepper,
  data: BatchSource,
  options: FitOptions,
): { readonly step: number; readonly note?: string } | undefined {
  const found = options.checkpoint && loadCheckpoint(options.checkpoint.directory);
  if (!found) return undefined;
  const { checkpoint, file, skipped } = found;
  const before = { ...checkpoint.settings, config: checkpoint.config };
  const now = { ...work.settings, config: options.config ?? null };
  const difference = firstDifference(before, now);
  if (difference) {
    const { path, left, right } = difference;
    throw new ConfigError(
      `fit: argument '${path}' must be ${canonical(left)} as in ${file}, got ${canonical(right)}`,
    );
  }
  writeWeights(work.parameters, checkpoint.weights, file);
  work.optimizer.restore(checkpoint.optimizer);
  data.restore(checkpoint.data);
  work.continueAt(checkpoint.step);
  return { step: checkpoint.step, ...(skipped !== undefined && { note: skipped }) };
}

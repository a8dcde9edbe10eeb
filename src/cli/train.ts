import * as fs from 'node:fs';
import * as path from 'node:path';
import { initBackend } from '../core/backend';
import { FileError, StoppedError } from '../core/errors';
import { splitSeed } from '../core/random';
import { generate } from '../model/generate';
import { loadCheckpoint, writeAtomically } from '../train/checkpointFolder';
import type { RunConfig } from '../train/config';
import { parseRunConfig } from '../train/config';
import { fit } from '../train/fit';
import type { Run, RunText } from '../train/run';
import { buildRun } from '../train/run';
import type { RunLog } from '../train/runLog';
import type { Command } from './command';
import { duration, progress } from './progress';
import { stopOnInterrupt } from './interrupt';
import { describeOptions, readOptions, UsageError, wholeNumber } from './usage';

const options = {
  config: { value: 'run.yaml', short: 'c', about: 'the run file: data, model, training' },
  resume: { about: 'go on from the last checkpoint of the run' },
  steps: { value: 'n', about: 'train this many steps in all, whatever the run file says' },
  folder: { value: 'path', about: "where runs are kept (default 'runs')" },
} as const;

export const command: Command = {
  name: 'train',
  summary: 'train a model described by a run file',
  help: [
    'Usage: attention-lab train --config run.yaml [options]',
    '',
    'Trains the model that a run file describes. runs/<name>/ gets the run file, the log (log.jsonl), the tokenizer, the',
    'checkpoints and a sample of generated text. Ctrl-C ends the run after the step under way and saves; a second Ctrl-C',
    'kills. examples/elita-moby-dick.yaml shows every setting.',
    '',
    'Options:',
    describeOptions(options),
    '',
    'ATTENTION_LAB_BACKEND=wasm|tensorflow|cpu chooses the engine.',
  ].join('\n'),
  run: train,
};

/** Runs `attention-lab train`. Resolves with 0 when the run is complete and with 130 when Ctrl-C ended it. */
export async function train(args: readonly string[]): Promise<number> {
  const given = readOptions('train', args, options);
  if (given.config === undefined)
    throw new UsageError('attention-lab train: --config is missing; it takes the path of a run file.');
  const text = readRunFile(given.config);
  const parsed = parseRunConfig(text, given.config);
  const config: RunConfig =
    given.steps === undefined
      ? parsed
      : { ...parsed, training: { ...parsed.training, steps: wholeNumber('train', 'steps', given.steps) } };
  const folder = path.join(given.folder ?? 'runs', config.name);
  const done = prepareFolder(folder, given.resume === true);
  const stop = stopOnInterrupt();
  try {
    return await work(config, text, folder, done, stop.signal);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    console.log('Stopped before the first step.');
    return 130;
  } finally {
    stop.release();
  }
}

function readRunFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileError(`attention-lab train: '${file}' cannot be read (${(error as Error).message})`);
  }
}

/** Makes the run's folder and gives the finished steps of the run that is in it; refuses to overwrite one by accident. */
function prepareFolder(folder: string, resume: boolean): number {
  const found = loadCheckpoint(folder);
  if (found && !resume) {
    throw new UsageError(
      `attention-lab train: '${folder}' already holds a run (step ${found.checkpoint.step}); ` +
        "--resume goes on with it, another 'name' in the run file begins a new one.",
    );
  }
  fs.mkdirSync(folder, { recursive: true });
  return found?.checkpoint.step ?? 0;
}

async function work(
  config: RunConfig,
  text: string,
  folder: string,
  done: number,
  signal: AbortSignal,
): Promise<number> {
  console.log((await initBackend()).summary);
  // what a run without checkpoint left behind is not this run's
  if (done === 0) fs.rmSync(path.join(folder, 'tokenizer.json'), { force: true });
  const run = await buildRun(config, {
    folder,
    signal,
    onTokenizer: ({ tokens, vocabulary }) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\rlearning a tokenizer: ${tokens}/${vocabulary} tokens`);
    },
  });
  try {
    if (process.stderr.isTTY && config.data.tokenizer === 'bpe') process.stderr.write('\r\x1b[K');
    writeAtomically(path.join(folder, 'run.yaml'), text);
    console.log(describe(config, run, done));
    const log = await trained(config, run, done, signal);
    if (log.stopped) {
      const step = log.records.at(-1)?.step ?? done;
      console.log(`Stopped after step ${step}; the same command with --resume goes on from there.`);
      return 130;
    }
    console.log(verdict(log, run.text));
    if (config.sample && run.text) await writeSample(config, run, run.text, folder, signal);
    console.log(`Everything about this run is in ${folder}/`);
    return 0;
  } finally {
    run.model.dispose();
  }
}

async function trained(config: RunConfig, run: Run, done: number, signal: AbortSignal): Promise<RunLog> {
  const show = progress(config.training.steps, done);
  signal.addEventListener('abort', () => show.note('Stopping after this step; Ctrl-C again kills.'), {
    once: true,
  });
  const started = performance.now();
  try {
    return await fit(run.model, run.data, {
      ...run.options,
      resume: true,
      signal,
      onStep: (record) => show.step(record),
    });
  } finally {
    show.end();
    show.note(`${duration((performance.now() - started) / 1000)} of training`);
  }
}

function describe(config: RunConfig, { model, text }: Run, done: number): string {
  const { layers, width, heads, attention } = config.model;
  const parts = [
    `${config.name}: ${model.parameterCount.toLocaleString('en')} parameters, ${layers} layers of ${attention.join(' + ')}`,
    `width ${width}, ${heads} heads, ${config.data.batch} x ${config.data.time} tokens a step`,
  ];
  const source = text
    ? `${text.corpus.title}: ${text.tokens.toLocaleString('en')} tokens of ${text.tokenizer.name}, ${text.tokenizer.vocabulary} different ones`
    : `task ${config.data.task?.name ?? ''}`;
  return [parts.join(', '), source, ...(done > 0 ? [`going on after step ${done}`] : [])].join('\n');
}

/** The held-out loss beside what models that need no training reach on the same text. */
function verdict({ evaluation, manifest }: RunLog, text: RunText | undefined): string {
  if (!evaluation) return 'The run was complete already.';
  const row = (name: string, nats: number, bits: number) =>
    `  ${name.padEnd(34)} ${nats.toFixed(4)} nats/token   ${bits.toFixed(3)} bits/byte`;
  const yardsticks = text?.yardsticks ?? [];
  const names = {
    uniform: 'all tokens alike',
    unigram: 'token frequencies (unigram)',
    bigram: 'pair frequencies',
  };
  return [
    `Held-out loss after ${manifest.steps} steps:`,
    row('this model', evaluation.loss, evaluation.bitsPerByte),
    ...yardsticks.map(({ name, nats, bitsPerByte }) => row(names[name], nats, bitsPerByte)),
  ].join('\n');
}

async function writeSample(
  config: RunConfig,
  { model }: Run,
  { tokenizer }: RunText,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const { prompt, tokens, temperature, topK } = config.sample as NonNullable<RunConfig['sample']>;
  const made = await generate(model, [...tokenizer.encode(prompt)], {
    tokens,
    temperature,
    ...(topK !== undefined && { topK }),
    seed: splitSeed(config.seed, 'sample'),
    signal,
  });
  const sample = prompt + tokenizer.decode(made);
  writeAtomically(path.join(folder, 'sample.txt'), `${sample}\n`);
  // a model may write any character: none of them shall steer the terminal
  console.log(`\n${sample.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')}\n`);
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { splitSeed } from '../core/random';
import type { BatchSource } from '../data/batches';
import { randomBytes, textBatches } from '../data/batches';
import type { BpeProgress } from '../data/bpe';
import { trainBpe } from '../data/bpe';
import type { Corpus } from '../data/corpora';
import { loadCorpus } from '../data/corpora';
import type { Yardstick } from '../data/entropy';
import { yardsticks } from '../data/entropy';
import type { SampledOptions } from '../data/sampled';
import { copy } from '../data/tasks/copy';
import { induction } from '../data/tasks/induction';
import { recall } from '../data/tasks/recall';
import type { Tokenizer } from '../data/tokenizer';
import { byteTokenizer, characterTokenizer } from '../data/tokenizer';
import { loadTokenizer, saveTokenizer } from '../data/tokenizerFile';
import type { LanguageModel } from '../model/languageModel';
import { languageModel } from '../model/languageModel';
import { feedForwards } from '../modules/feedForward';
import { norms } from '../modules/norm';
import type { RunConfig, RunData, RunModel, RunTask } from './config';
import { variantsNamed } from './config';
import type { FitOptions } from './fit';
import { scheduleFrom } from './schedule';

/** The text behind a run and how it became tokens. */
export interface RunText {
  readonly corpus: Corpus;
  readonly tokenizer: Tokenizer;
  readonly tokens: number;
  /** What models that need no training cost on the held-out part. */
  readonly yardsticks: readonly Yardstick[];
}

/** A run, ready for `fit(run.model, run.data, run.options)`. */
export interface Run {
  readonly model: LanguageModel;
  readonly data: BatchSource;
  /** Only for runs on text. */
  readonly text?: RunText;
  readonly options: FitOptions;
}

/** What building a run may need besides its configuration. */
export interface BuildOptions {
  /** The run's folder: checkpoints, log and tokenizer go there, and a tokenizer found there is used again. */
  readonly folder?: string;
  readonly onTokenizer?: (progress: BpeProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes the model, the data and the options for `fit` that a configuration describes. Model and data have seeds of their
 * own, derived from `config.seed`. The caller disposes the model. Throws `ConfigError` for settings that do not go together,
 * `FileError` for a text that cannot be read, `StoppedError` when stopped while a tokenizer is being learned.
 *
 * @example
 * const { model, data, options } = await buildRun(parseRunConfig(text, 'run.yaml'));
 * const log = await fit(model, data, options);
 */
export async function buildRun(config: RunConfig, build: BuildOptions = {}): Promise<Run> {
  const seeds = { model: splitSeed(config.seed, 'model'), data: splitSeed(config.seed, 'data') };
  const { data, text } = await buildData(config.data, seeds.data, build);
  return {
    data,
    ...(text && { text }),
    model: languageModel(modelConfig(config.model, data.vocabulary, config.data.time), seeds.model),
    options: fitOptions(config, seeds, build.folder),
  };
}

function fitOptions(
  config: RunConfig,
  seeds: Readonly<Record<string, number>>,
  folder: string | undefined,
): FitOptions {
  const { steps, learningRate, optimizer, clip, accumulate, evaluateEvery, checkpointEvery } =
    config.training;
  return {
    steps,
    learningRate: scheduleFrom(learningRate, steps),
    optimizer,
    accumulate,
    ...(clip !== undefined && { clip }),
    // without a rhythm of its own: once, after the last step
    evaluateEvery: evaluateEvery ?? steps,
    seeds: { run: config.seed, ...seeds },
    config: { seed: config.seed, data: config.data, model: config.model },
    ...(folder !== undefined && {
      log: path.join(folder, 'log.jsonl'),
      checkpoint: { directory: folder, every: checkpointEvery },
    }),
  };
}

async function buildData(
  config: RunData,
  seed: number,
  build: BuildOptions,
): Promise<{ readonly data: BatchSource; readonly text?: RunText }> {
  const { task, corpus: name, file, batch, time, holdOut, evaluationBatches } = config;
  if (task) {
    const sizes = { batch, time, seed };
    const sequences =
      evaluationBatches === undefined ? {} : { evaluationSequences: evaluationBatches * batch };
    return { data: taskData(task, { ...sizes, ...sequences }) };
  }
  const corpus = loadCorpus(name ?? { file: file as string });
  // the text is cut once, before it becomes tokens: what is held out for the model was held out for the tokenizer too
  const parts = cutText(corpus.text, holdOut);
  const tokenizer = await buildTokenizer(config, parts, build);
  const [train, heldOut] = [tokenizer.encode(parts.train), tokenizer.encode(parts.heldOut)];
  const ids = new Int32Array(train.length + heldOut.length);
  ids.set(train);
  ids.set(heldOut, train.length);
  const sizes = {
    vocabulary: tokenizer.vocabulary,
    bytesPerToken: corpus.bytes / ids.length,
    cut: train.length,
  };
  const data = textBatches(ids, {
    ...sizes,
    batch,
    time,
    seed,
    ...(evaluationBatches !== undefined && { evaluationBatches }),
  });
  return { data, text: { corpus, tokenizer, tokens: ids.length, yardsticks: yardsticks(ids, sizes) } };
}

function taskData({ name, ...settings }: RunTask, sizes: SampledOptions): BatchSource {
  if (name === 'recall') return recall({ ...(settings as Extract<RunTask, { name: 'recall' }>), ...sizes });
  if (name === 'induction') return induction({ ...settings, ...sizes });
  if (name === 'copy') return copy({ ...settings, ...sizes });
  return randomBytes(sizes);
}

interface TextParts {
  readonly train: string;
  readonly heldOut: string;
}

/** Cuts a text into the part to learn from and the held-out end, never within a character. */
function cutText(text: string, holdOut: number): TextParts {
  const cut = Math.round(text.length * (1 - holdOut));
  // the second half of a surrogate pair belongs to its first
  const end = /[\udc00-\udfff]/.test(text.charAt(cut)) ? cut + 1 : cut;
  return { train: text.slice(0, end), heldOut: text.slice(end) };
}

/** A tokenizer learns from the part of the text that is trained on, never from the held-out part. */
async function buildTokenizer(config: RunData, text: TextParts, build: BuildOptions): Promise<Tokenizer> {
  const saved = build.folder && path.join(build.folder, 'tokenizer.json');
  if (saved && fs.existsSync(saved)) return loadTokenizer(saved);
  const made = await newTokenizer(config, text, build);
  if (saved) saveTokenizer(saved, made);
  return made;
}

async function newTokenizer(config: RunData, text: TextParts, build: BuildOptions): Promise<Tokenizer> {
  if (config.tokenizer === 'bytes') return byteTokenizer();
  // characters are a list, not statistics: one that occurs only in the held-out part must have a number too
  if (config.tokenizer === 'characters') return characterTokenizer(text.train + text.heldOut);
  return trainBpe(text.train, {
    vocabulary: config.vocabulary as number,
    ...(build.onTokenizer && { onProgress: build.onTokenizer }),
    ...(build.signal && { signal: build.signal }),
  });
}

function modelConfig(config: RunModel, vocabulary: number, time: number) {
  const { attention, feedForward, norm, context = time, ...rest } = config;
  return {
    ...rest,
    vocabulary,
    context,
    attention: variantsNamed(attention, config.layers),
    feedForward: feedForwards[feedForward as keyof typeof feedForwards],
    norm: norms[norm as keyof typeof norms],
  };
}

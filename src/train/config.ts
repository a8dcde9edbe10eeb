import { z } from 'zod';
import { attentions, basedLayout } from '../attention/index';
import type { AnyAttention } from '../attention/variant';
import type { CorpusName } from '../data/corpora';
import { corpusNames } from '../data/corpora';
import type { SampledOptions } from '../data/sampled';
import type { RecallOptions } from '../data/tasks/recall';
import { refusedSetting } from '../model/attentionSettings';
import { feedForwards } from '../modules/feedForward';
import { norms } from '../modules/norm';
import { number, oneOf, readYaml, section, wanted, whole, words } from './configText';
import type { OptimizerConfig } from './optimizer';
import type { ScheduleConfig } from './schedule';

/** A synthetic task with its own settings; batch, time and seed come from the run. */
export type RunTask =
  | ({ readonly name: 'recall' } & Omit<RecallOptions, keyof SampledOptions>)
  | { readonly name: 'induction' | 'copy'; readonly vocabulary?: number }
  | { readonly name: 'randomBytes' };

/** Where tokens come from: a text, or a task that makes them. */
export interface RunData {
  readonly corpus?: CorpusName;
  readonly file?: string;
  readonly task?: RunTask;
  readonly tokenizer: 'bytes' | 'characters' | 'bpe';
  readonly vocabulary?: number;
  readonly holdOut: number;
  readonly batch: number;
  readonly time: number;
  readonly evaluationBatches?: number;
}

/** `LanguageModelConfig` with names in place of values. */
export interface RunModel {
  /** Names of variants, repeated over the layers; `basedLayout` stands for Based's own pattern. */
  readonly attention: readonly string[];
  readonly attentionConfig?: Readonly<Record<string, unknown>>;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly context?: number;
  readonly positions: 'none' | 'learned' | 'sinusoidal';
  readonly feedForward: string;
  readonly feedForwardHidden?: number;
  readonly feedForwardFactor?: number;
  readonly norm: string;
  readonly finalNorm: 'same' | 'none';
  readonly head: 'tied' | 'untied';
  readonly wraps?: number;
  readonly logitLookup?: number;
  readonly chunk?: number;
}

/** `FitOptions` as plain values. */
export interface RunTraining {
  readonly steps: number;
  readonly learningRate: ScheduleConfig;
  readonly optimizer: OptimizerConfig;
  readonly clip?: number;
  readonly accumulate: number;
  readonly evaluateEvery?: number;
  readonly checkpointEvery: number;
}

/** The text generated at the end. */
export interface RunSample {
  readonly prompt: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
}

/** A whole run: what the file of `attention-lab train --config` holds, defaults filled in. */
export interface RunConfig {
  readonly name: string;
  readonly seed: number;
  readonly data: RunData;
  readonly model: RunModel;
  readonly training: RunTraining;
  readonly sample?: RunSample;
}

const positive = () => number('a number > 0', (x) => x > 0 && Number.isFinite(x));
const share = (expected: string) => number(expected, (x) => x >= 0 && x < 1);
const bag = () => z.record(z.string(), z.unknown(), wanted('a group of settings'));

/** A bare name or number may stand where a group with just that one setting would. */
function shorthand<S extends z.ZodType>(schema: S, expand: (value: unknown) => unknown) {
  return z.preprocess(
    (value) => (typeof value === 'object' || value === undefined ? value : expand(value)),
    schema,
  );
}

function named<const S extends readonly [Section, ...Section[]]>(names: readonly string[], options: S) {
  const choice = oneOf(names);
  return z.discriminatedUnion('name', options, {
    error: ({ input }) => {
      const name = (input as { name?: unknown } | undefined)?.name;
      const check = choice.safeParse(name);
      return check.success ? undefined : (check.error.issues[0]?.message ?? undefined);
    },
  });
}
type Section = z.ZodObject<{ name: z.ZodLiteral<string> } & z.ZodRawShape>;

const warmup = whole().exactOptional();
const learningRate = shorthand(
  named(
    ['constant', 'inverseSqrt', 'cosine'],
    [
      section({ name: z.literal('constant'), rate: positive(), warmup }),
      section({
        name: z.literal('inverseSqrt'),
        peak: positive().exactOptional(),
        scale: positive().exactOptional(),
        warmup,
      }),
      section({
        name: z.literal('cosine'),
        peak: positive(),
        floor: number('a number >= 0', (x) => x >= 0).exactOptional(),
        steps: whole().exactOptional(),
        warmup,
      }),
    ],
  ),
  (value) => (typeof value === 'number' ? { name: 'constant', rate: value } : { name: value }),
);

const adam = {
  beta1: share('in [0, 1)').exactOptional(),
  beta2: share('in [0, 1)').exactOptional(),
  epsilon: positive().exactOptional(),
};
const optimizer = shorthand(
  named(
    ['adam', 'adamw'],
    [
      section({ name: z.literal('adam'), ...adam }),
      section({
        name: z.literal('adamw'),
        ...adam,
        weightDecay: number('a number >= 0', (x) => x >= 0).exactOptional(),
        decays: z.union([oneOf(['matrices', 'all']), z.array(z.string())]).exactOptional(),
      }),
    ],
  ),
  (name) => ({ name }),
);

const task = shorthand(
  named(
    ['recall', 'induction', 'copy', 'randomBytes'],
    [
      section({
        name: z.literal('recall'),
        pairs: whole(),
        vocabulary: whole(4).exactOptional(),
        power: positive().exactOptional(),
        fillers: oneOf(['random', 'zeros']).exactOptional(),
      }),
      section({ name: z.literal('induction'), vocabulary: whole(3).exactOptional() }),
      section({ name: z.literal('copy'), vocabulary: whole(3).exactOptional() }),
      section({ name: z.literal('randomBytes') }),
    ],
  ),
  (name) => ({ name }),
);

const data = section({
  corpus: oneOf(corpusNames).exactOptional(),
  file: words('the path of a text file').exactOptional(),
  task: task.exactOptional(),
  tokenizer: oneOf(['bytes', 'characters', 'bpe']).default('bytes'),
  vocabulary: whole(256).exactOptional(),
  holdOut: number('a number between 0 and 1', (x) => x > 0 && x < 1).default(0.1),
  batch: whole(),
  time: whole(),
  evaluationBatches: whole().exactOptional(),
})
  .refine(({ corpus, file, task }) => [corpus, file, task].filter((x) => x !== undefined).length === 1, {
    error: "must have exactly one of 'corpus', 'file' and 'task'",
  })
  .refine(({ tokenizer, vocabulary }) => (tokenizer === 'bpe') === (vocabulary !== undefined), {
    error: "must have 'vocabulary' when, and only when, the tokenizer is bpe",
  });

/** The variants that a list of names stands for; `basedLayout` is Based's own pattern. Names must be known ones. */
export function variantsNamed(names: readonly string[], layers: number): readonly AnyAttention[] {
  return names.flatMap((name) =>
    name === 'basedLayout' ? basedLayout(layers) : [attentions[name as keyof typeof attentions]],
  );
}

const model = section({
  attention: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(oneOf([...Object.keys(attentions), 'basedLayout'])).min(1, wanted('at least one variant')),
  ),
  attentionConfig: bag().exactOptional(),
  width: whole(),
  heads: whole(),
  layers: whole(),
  context: whole().exactOptional(),
  positions: oneOf(['none', 'learned', 'sinusoidal']).default('none'),
  feedForward: oneOf(Object.keys(feedForwards)),
  feedForwardHidden: whole().exactOptional(),
  feedForwardFactor: whole().exactOptional(),
  norm: oneOf(Object.keys(norms)),
  finalNorm: oneOf(['same', 'none']).default('same'),
  head: oneOf(['tied', 'untied']).default('tied'),
  wraps: whole().exactOptional(),
  logitLookup: whole().exactOptional(),
  chunk: whole().exactOptional(),
}).superRefine(({ attention, attentionConfig = {}, layers }, issues) => {
  const refused = refusedSetting(variantsNamed(attention, layers), attentionConfig);
  if (refused)
    issues.addIssue({ code: 'custom', path: ['attentionConfig', refused.key], message: refused.reason });
});

const schema: z.ZodType<RunConfig> = section({
  // it names a folder: nothing that leads out of 'runs'
  name: words('letters, digits, dots, dashes and underscores, beginning with a letter or digit', (text) =>
    /^[A-Za-z0-9][\w.-]{0,99}$/.test(text),
  ),
  seed: z.int(wanted('a whole number')),
  data,
  model,
  training: section({
    steps: whole(),
    learningRate,
    optimizer: optimizer.default({ name: 'adam' }),
    clip: positive().exactOptional(),
    accumulate: whole().default(1),
    evaluateEvery: whole().exactOptional(),
    checkpointEvery: whole().default(100),
  }),
  sample: section({
    prompt: words('a text that is not empty', (text) => text.length > 0),
    tokens: whole(),
    temperature: number('a number >= 0', (x) => x >= 0).default(1),
    topK: whole().exactOptional(),
  }).exactOptional(),
});

/**
 * Reads a run file. Throws `ConfigError`: one sentence with file, line, key, what is allowed and what was probably meant.
 *
 * @example
 * const config = parseRunConfig(readFileSync('run.yaml', 'utf8'), 'run.yaml');
 */
export function parseRunConfig(text: string, file: string): RunConfig {
  return readYaml(text, file, schema);
}

import { expect, expectInteger } from '../core/errors';

/** A learning rate for every step. Steps count from 1. */
export interface Schedule {
  readonly name: string;
  /** Everything that decides the numbers, as plain values: run logs keep it, and resuming compares it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The learning rate of step `step` >= 1. */
  at(step: number): number;
}

function positive(value: number, where: string, argument: string): void {
  expect(Number.isFinite(value) && value > 0, where, argument, 'a number > 0', value);
}

/**
 * The same rate at every step.
 *
 * @example
 * constant(1e-3).at(500); // 0.001
 */
export function constant(rate: number): Schedule {
  expect(Number.isFinite(rate) && rate >= 0, 'constant', 'rate', 'a number >= 0', rate);
  return Object.freeze({ name: 'constant', settings: { rate }, at: () => rate });
}

/** `inverseSqrt`: `min(peak, scale / sqrt(step))`. */
export interface InverseSqrtOptions {
  /** Default 1e-3. */
  readonly peak?: number;
  /** Default 1e-2. */
  readonly scale?: number;
}

/**
 * min(peak, scale / sqrt(step)): ELiTA's schedule with its numbers as defaults, which stays at 1e-3 for 100 steps
 * (A. C. O. Sharma, 2023, https://github.com/acosharma/elita-transformer).
 *
 * @example
 * inverseSqrt().at(400); // 0.0005
 */
export function inverseSqrt({ peak = 1e-3, scale = 1e-2 }: InverseSqrtOptions = {}): Schedule {
  positive(peak, 'inverseSqrt', 'peak');
  positive(scale, 'inverseSqrt', 'scale');
  return Object.freeze({
    name: 'inverseSqrt',
    settings: { peak, scale },
    at: (step: number) => Math.min(peak, scale / Math.sqrt(step)),
  });
}

export interface CosineOptions {
  readonly peak: number;
  /** Where it ends and stays. Default 0. */
  readonly floor?: number;
  /** The step at which the floor is reached. */
  readonly steps: number;
}

/**
 * Half a cosine from `peak` at step 1 to `floor` at step `steps`, and `floor` from then on
 * (Loshchilov and Hutter, 2017, https://arxiv.org/abs/1608.03983, without restarts).
 *
 * @example
 * const rate = warmup(200, cosine({ peak: 8e-4, floor: 8e-5, steps: 19_800 })); // Based's recipe
 */
export function cosine({ peak, floor = 0, steps }: CosineOptions): Schedule {
  positive(peak, 'cosine', 'peak');
  expect(floor >= 0 && floor <= peak, 'cosine', 'floor', `a number from 0 to peak (${peak})`, floor);
  expectInteger(steps, 'cosine', 'steps');
  return Object.freeze({
    name: 'cosine',
    settings: { peak, floor, steps },
    at(step: number) {
      const share = Math.min(1, (step - 1) / Math.max(1, steps - 1));
      return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * share));
    },
  });
}

/**
 * A straight line from 0 up to the first rate of `then` over `steps` steps; `then` begins, at its own step 1, after
 * them. So step `steps` already has the full first rate.
 *
 * @example
 * warmup(10, constant(1e-3)).at(5); // 0.0005
 */
export function warmup(steps: number, then: Schedule): Schedule {
  expectInteger(steps, 'warmup', 'steps');
  return Object.freeze({
    name: 'warmup',
    settings: { steps, then: { name: then.name, ...then.settings } },
    at: (step: number) => (step <= steps ? (then.at(1) * step) / steps : then.at(step - steps)),
  });
}

/** A schedule as plain values, the form it has in a run file. */
export type ScheduleConfig =
  | { readonly name: 'constant'; readonly rate: number; readonly warmup?: number }
  | ({ readonly name: 'inverseSqrt'; readonly warmup?: number } & InverseSqrtOptions)
  | {
      readonly name: 'cosine';
      readonly peak: number;
      readonly floor?: number;
      /** Default: ends with the run. */
      readonly steps?: number;
      readonly warmup?: number;
    };

/**
 * Builds a schedule from plain values; a bare number is a constant rate. `steps` is the length of the run.
 *
 * @example
 * scheduleFrom({ name: 'cosine', peak: 1e-3, warmup: 100 }, 2000);
 */
export function scheduleFrom(config: number | ScheduleConfig, steps: number): Schedule {
  if (typeof config === 'number') return constant(config);
  const inner =
    config.name === 'constant'
      ? constant(config.rate)
      : config.name === 'inverseSqrt'
        ? inverseSqrt(config)
        : cosine({ ...config, steps: config.steps ?? Math.max(1, steps - (config.warmup ?? 0)) });
  return config.warmup === undefined ? inner : warmup(config.warmup, inner);
}

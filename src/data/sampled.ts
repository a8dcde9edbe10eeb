import { expect, expectInteger } from '../core/errors';
import { splitSeed, type Random, type Seed } from '../core/random';
import { emptyBatch, type Batch, type BatchSource } from './batch';
import { resumable } from './resumable';

/** The options every generated source has. */
export interface SampledOptions {
  /** Sequences per batch. */
  readonly batch: number;
  /** Tokens per sequence. */
  readonly time: number;
  readonly seed: Seed;
  /** How many held-out sequences {@link BatchSource.evaluation} gives. Default 256. */
  readonly evaluationSequences?: number;
}

/** One kind of generated sequence. */
export interface Sampler {
  /** Names the task with every option that shapes its sequences: part of the saved state. */
  readonly name: string;
  readonly vocabulary: number;
  readonly floor?: number;
  /** Fills one sequence: `inputs` comes as zeros, `targets` as -1 (ignored). Both have `time` entries. */
  sample(random: Random, inputs: Int32Array, targets: Int32Array): void;
}

/**
 * A batch source that draws every training sequence anew. Held-out sequences come from a stream of their own (derived
 * from the seed), so they are not the training sequences; in a task with very few possible sequences one can still
 * meet its twin.
 *
 * @throws ConfigError when an option is out of range.
 */
export function sampledBatches(sampler: Sampler, options: SampledOptions): BatchSource {
  const { batch, time, seed, evaluationSequences = 256 } = options;
  const where = sampler.name.split(' ')[0] as string;
  expectInteger(batch, where, 'batch');
  expectInteger(time, where, 'time');
  expect(Number.isInteger(seed), where, 'seed', 'an integer', seed);
  expectInteger(evaluationSequences, where, 'evaluationSequences');

  function filled(stream: Random, sequences: number): Batch {
    const rows = emptyBatch(batch, time);
    for (let row = 0; row < sequences; row++) {
      const [from, to] = [row * time, (row + 1) * time];
      sampler.sample(stream, rows.inputs.subarray(from, to), rows.targets.subarray(from, to));
    }
    return rows;
  }

  const stream = resumable(
    `${sampler.name}, batch ${batch}, time ${time}, seed ${seed}`,
    splitSeed(seed, 'train'),
  );
  return {
    vocabulary: sampler.vocabulary,
    bytesPerToken: 1,
    ...(sampler.floor === undefined ? {} : { floor: sampler.floor }),
    next: () => filled(stream.random, batch),
    get state() {
      return stream.state;
    },
    restore: (state) => stream.restore(state),
    *evaluation() {
      const heldOut = resumable('', splitSeed(seed, 'evaluation')).random;
      for (let left = evaluationSequences; left > 0; left -= batch)
        yield filled(heldOut, Math.min(batch, left));
    },
  };
}

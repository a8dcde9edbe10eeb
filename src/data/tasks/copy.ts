import { expect, expectInteger } from '../../core/errors';
import type { BatchSource } from '../batch';
import { sampledBatches, type SampledOptions } from '../sampled';

/** What {@link copy} may be told. */
export interface CopyOptions extends SampledOptions {
  /** Ids in all: the last one is the marker, the others are the symbols. Default 20. */
  readonly vocabulary?: number;
}

/**
 * Copying: `time / 2` random symbols, a marker, and then the same symbols again, which the model must say. Chance is 1
 * in `vocabulary - 1`.
 *
 *     inputs   c  a  f  b  >  c  a  f        time 8
 *     labels   .  .  .  .  c  a  f  b        . in labels: not counted (-1)
 *
 * Source: the copy task of Graves, Wayne and Danihelka 2014, "Neural Turing Machines",
 * https://arxiv.org/abs/1410.5401, as next-token prediction.
 *
 * @throws ConfigError when `time` is odd, `vocabulary` below 3, or another option is out of range.
 * @example
 * const data = copy({ vocabulary: 20, time: 32, batch: 32, seed: 1 });
 */
export function copy(options: CopyOptions): BatchSource {
  const { time, vocabulary = 20 } = options;
  expectInteger(time, 'copy', 'time', 2);
  expect(time % 2 === 0, 'copy', 'time', 'even', time);
  expectInteger(vocabulary, 'copy', 'vocabulary', 3);
  const marker = vocabulary - 1;
  const length = time / 2;
  return sampledBatches(
    {
      name: `copy over vocabulary ${vocabulary}`,
      vocabulary,
      floor: 0,
      sample(random, inputs, targets) {
        for (let t = 0; t < length; t++) inputs[t] = targets[length + t] = random.integer(0, marker - 1);
        inputs[length] = marker;
        inputs.copyWithin(length + 1, 0, length - 1);
      },
    },
    options,
  );
}

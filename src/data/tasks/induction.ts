import { expectInteger } from '../../core/errors';
import type { BatchSource } from '../batch';
import { sampledBatches, type SampledOptions } from '../sampled';

/** What {@link induction} may be told. */
export interface InductionOptions extends SampledOptions {
  /** Ids in all: the last one is the marker, the others are the symbols. Default 20. */
  readonly vocabulary?: number;
}

/**
 * Induction heads: a marker stands once somewhere in random symbols, and again at the end. The model must say what
 * followed the marker the first time. One question per sequence, chance is 1 in `vocabulary - 1`.
 *
 *     inputs   c  a  f  >  b  d  a  e  >        time 9
 *     labels   .  .  .  .  .  .  .  .  b        . in labels: not counted (-1)
 *
 * The first marker is at any of the places 0 … time - 3, evenly. To see whether a model learned the rule rather than the
 * length, evaluate on a source with another `time`.
 *
 * Source: Fu et al. 2022, "Hungry Hungry Hippos: Towards Language Modeling with State Space Models",
 * https://arxiv.org/abs/2212.14052, after Olsson et al. 2022, https://arxiv.org/abs/2209.11895.
 *
 * @throws ConfigError when `time` is below 3, `vocabulary` below 3, or another option is out of range.
 * @example
 * const data = induction({ vocabulary: 20, time: 30, batch: 32, seed: 1 });
 */
export function induction(options: InductionOptions): BatchSource {
  const { time, vocabulary = 20 } = options;
  expectInteger(time, 'induction', 'time', 3);
  expectInteger(vocabulary, 'induction', 'vocabulary', 3);
  const marker = vocabulary - 1;
  return sampledBatches(
    {
      name: `induction over vocabulary ${vocabulary}`,
      vocabulary,
      floor: 0,
      sample(random, inputs, targets) {
        for (let t = 0; t < time; t++) inputs[t] = random.integer(0, marker - 1);
        const first = random.integer(0, time - 3);
        inputs[first] = inputs[time - 1] = marker;
        targets[time - 1] = inputs[first + 1] as number;
      },
    },
    options,
  );
}

import { expect, expectInteger } from '../../core/errors';
import type { BatchSource } from '../batch';
import { sampledBatches, type SampledOptions } from '../sampled';
import { distinct, weightedOrder } from './draw';

/** What {@link recall} may be told. */
export interface RecallOptions extends SampledOptions {
  /** Ids in all: 0 is the filler, keys are 1 … ⌊V/2⌋ - 1, values ⌊V/2⌋ … V - 1. Default 8192. */
  readonly vocabulary?: number;
  /** Key-value pairs per sequence; each is asked for once. `4 * pairs` must fit into `time`. */
  readonly pairs: number;
  /** The power a of the distance law: slot s = 1, 2 … is asked in proportion to s^(a - 1). Default 0.01. */
  readonly power?: number;
  /**
   * What stands where nothing is asked: `'random'` ids over the whole vocabulary, which may look like keys or values
   * (default), or `'zeros'`.
   */
  readonly fillers?: 'random' | 'zeros';
}

/**
 * Multi-query associative recall (MQAR): first the pairs, then, at scattered places, keys whose value the model must say.
 *
 *     inputs   k1 v1 k2 v2 k3 v3 | k2  .  k1  .   .  .   .  .  k3  .        time 16, 3 pairs
 *     labels    .  .  .  .  .  . | v2  .  v1  .   .  .   .  .  v3  .        . in labels: not counted (-1)
 *
 * Keys are different from each other, values too, drawn anew for each sequence. After the pairs, the tokens form slots of
 * two; each key goes to the first token of a slot of its own, drawn without replacement with p(s) ∝ s^(a - 1), so that
 * near slots are strongly favoured. The label stands at the key's own position, and the value is never written there.
 * A model that knows only "it is a value" is right about 2 times in `vocabulary`.
 *
 * Source: Arora et al. 2023, "Zoology: Measuring and Improving Recall in Efficient Language Models",
 * https://arxiv.org/abs/2312.04927. There a fixed set of 100,000 sequences is trained on; here each one is new.
 *
 * @throws ConfigError when `time` is odd or shorter than `4 * pairs`, when there are fewer keys or values than pairs, or
 * when an option is out of range.
 * @example
 * const data = recall({ vocabulary: 64, time: 32, pairs: 4, batch: 16, seed: 1 });
 * const { inputs, targets } = data.next();
 */
export function recall(options: RecallOptions): BatchSource {
  const { time, pairs, vocabulary = 8192, power = 0.01, fillers = 'random' } = options;
  expectInteger(time, 'recall', 'time');
  expectInteger(pairs, 'recall', 'pairs');
  expectInteger(vocabulary, 'recall', 'vocabulary');
  expect(time % 2 === 0 && 4 * pairs <= time, 'recall', 'time', `even and >= 4 * pairs = ${4 * pairs}`, time);
  const firstValue = Math.floor(vocabulary / 2);
  expect(pairs < firstValue, 'recall', 'vocabulary', `>= 2 * (pairs + 1) = ${2 * (pairs + 1)}`, vocabulary);
  expect(Number.isFinite(power), 'recall', 'power', 'a number', power);
  expect(fillers === 'random' || fillers === 'zeros', 'recall', 'fillers', "'random' or 'zeros'", fillers);
  const slots = Float64Array.from({ length: time / 2 - pairs }, (_, i) => (i + 1) ** (power - 1));
  return sampledBatches(
    {
      name: `recall of ${pairs} pairs, vocabulary ${vocabulary}, power ${power}, fillers ${fillers}`,
      vocabulary,
      floor: 0,
      sample(random, inputs, targets) {
        const keys = distinct(random, pairs, 1, firstValue - 1);
        const values = distinct(random, pairs, firstValue, vocabulary - 1);
        const places = weightedOrder(random, pairs, slots);
        for (let pair = 0; pair < pairs; pair++) {
          const asked = 2 * pairs + 2 * (places[pair] as number);
          inputs[2 * pair] = inputs[asked] = keys[pair] as number;
          inputs[2 * pair + 1] = targets[asked] = values[pair] as number;
        }
        if (fillers === 'zeros') return;
        for (let t = 2 * pairs; t < time; t++)
          if (inputs[t] === 0) inputs[t] = random.integer(0, vocabulary - 1);
      },
    },
    options,
  );
}

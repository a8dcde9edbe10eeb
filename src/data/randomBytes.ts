import type { BatchSource } from './batch';
import { sampledBatches, type SampledOptions } from './sampled';

/**
 * Next-byte batches of pure noise: every byte is drawn evenly and independently, so no honest model gets below
 * ln 256 ≈ 5.545 nats (8 bits per byte). A loss under that floor on held-out noise means that a model sees its own
 * targets: the published QLLK trains on such noise by default, and its leak shows here.
 *
 *     inputs   17 203  91   4 …        targets   203  91   4 250 …
 *
 * @throws ConfigError when an option is out of range.
 * @example
 * const noise = randomBytes({ batch: 8, time: 64, seed: 1 });
 * noise.floor; // 5.545…
 */
export function randomBytes(options: SampledOptions): BatchSource {
  return sampledBatches(
    {
      name: 'randomBytes',
      vocabulary: 256,
      floor: Math.log(256),
      sample(random, inputs, targets) {
        for (let t = 0; t < targets.length; t++) targets[t] = random.integer(0, 255);
        inputs[0] = random.integer(0, 255);
        inputs.set(targets.subarray(0, targets.length - 1), 1);
      },
    },
    options,
  );
}

import { expect, StoppedError } from '../core/errors';
import { stopSignal, yieldToEventLoop } from '../core/signal';
import { tf } from '../core/tf';
import type { BatchSource } from '../data/batches';
import { bitsPerByte } from '../data/entropy';
import type { Trainable } from '../model/trainable';
import { countTargets, crossEntropySum } from './loss';

/** How well a model predicts the held-out part. */
export interface Evaluation {
  /** Mean over the counted targets, in nats per token. */
  readonly loss: number;
  readonly bitsPerByte: number;
  /** Counted targets. */
  readonly tokens: number;
}

/**
 * Mean loss over the held-out batches. Padding (target -1) is in neither the sum nor the count, so its size and contents
 * change nothing. The sum over batches is float64. Other work may run between two batches.
 * Throws `ConfigError` if nothing is held out, `StoppedError` once `signal` is aborted.
 *
 * @example
 * const { loss, bitsPerByte } = await evaluate(model, data);
 */
export async function evaluate(
  model: Trainable,
  data: BatchSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Evaluation> {
  const signal = stopSignal(options.signal);
  let sum = 0;
  let tokens = 0;
  for (const batch of data.evaluation()) {
    if (signal?.aborted) throw new StoppedError('evaluate: stopped before the last held-out batch');
    const nats = tf.tidy(() => {
      const inputs = tf.tensor2d(batch.inputs, [batch.batch, batch.time], 'int32');
      const targets = tf.tensor2d(batch.targets, [batch.batch, batch.time], 'int32');
      return crossEntropySum(model.apply(inputs), targets);
    });
    sum += nats.dataSync()[0] as number;
    tokens += countTargets(batch.targets);
    nats.dispose();
    await yieldToEventLoop();
  }
  expect(tokens > 0, 'evaluate', 'data', 'a source with held-out targets', 'none');
  return { loss: sum / tokens, bitsPerByte: bitsPerByte(sum / tokens, data.bytesPerToken), tokens };
}

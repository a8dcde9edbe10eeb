import { expect, expectInteger, StoppedError } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import { stopSignal, yieldToEventLoop } from '../core/signal';
import { tf } from '../core/tf';
import type { Batch } from '../data/batches';
import { randomBytes } from '../data/batches';
import type { Trainable } from '../model/trainable';
import { fit } from '../train/fit';

export interface RandomBytesOptions {
  /** Training steps. */
  readonly steps: number;
  readonly seed: Seed;
  /** Sequences per step. Default 16. */
  readonly batch?: number;
  /** Bytes per sequence. Default 16: the shorter a text, the easier it is to find a target in it. */
  readonly time?: number;
  /** Default 1e-2: high, since nothing but a leak can be learned. */
  readonly learningRate?: number;
  /** How many fresh sequences judge the trained model. Default 512. */
  readonly evaluationSequences?: number;
  /** Called after every step with its number and training loss. */
  readonly onStep?: (step: number, nats: number) => void;
  readonly signal?: AbortSignal;
}

/** What training on noise reached. */
export interface RandomBytesReport {
  /** Mean loss on fresh random bytes after training, in nats per byte. */
  readonly nats: number;
  /** ln 256 = 5.545: what an honest model can reach at best. */
  readonly floor: number;
  /** Of `nats`, from the spread over the judged bytes. */
  readonly standardError: number;
  /** `nats` lies so far under the floor that no honest model gets there by luck. */
  readonly leaks: boolean;
}

/** How many standard errors under the floor count as impossible: one honest model in 3.5 million. */
const impossible = 5;
/** Losses are float32: a model that predicts evenly, with no spread at all, may come out a last bit under ln 256. */
const rounding = 1e-5;

/**
 * Trains `subject` on uniform random bytes, then judges it on fresh ones against ln 256.
 *
 * Each byte is independent of all before it, so whatever a causal model predicts, its expected loss is at least
 * ln 256 at every position; the excess over the bytes of a text is a submartingale, and its mean scatters by the
 * standard error. A mean five standard errors *below* the floor therefore shows targets among the inputs. The reverse
 * does not hold: a leak that was not learned in `steps` stays above the floor, which is why `probeCausality` exists.
 * The weights of `subject` change. Throws `ConfigError` on bad options, `StoppedError` when stopped.
 *
 * @example
 * const model = patchModel({ version: '1.1', form: 'asPublished', width: 32, layers: 2 }, 1);
 * const { nats, leaks } = await probeRandomBytes(model, { steps: 300, seed: 1 }); // far under 5.545, true
 */
export async function probeRandomBytes(
  subject: Trainable,
  options: RandomBytesOptions,
): Promise<RandomBytesReport> {
  const {
    steps,
    seed,
    batch = 16,
    time = 16,
    learningRate = 1e-2,
    evaluationSequences = 512,
    onStep,
  } = options;
  expectInteger(steps, 'probeRandomBytes', 'steps', 0);
  expect(
    subject.vocabulary === 256,
    'probeRandomBytes',
    'subject',
    'a model of 256 bytes',
    subject.vocabulary,
  );
  const data = randomBytes({ batch, time, seed: splitSeed(seed, 'noise'), evaluationSequences });
  const signal = stopSignal(options.signal);
  if (steps > 0) {
    const log = await fit(subject, data, {
      steps,
      learningRate,
      clip: 1,
      ...(signal && { signal }),
      ...(onStep && { onStep: (record) => onStep(record.step, record.loss) }),
    });
    if (log.stopped) throw new StoppedError('probeRandomBytes: stopped before the last training step');
  }
  let [count, sum, squares] = [0, 0, 0];
  for (const noise of data.evaluation()) {
    if (signal?.aborted) throw new StoppedError('probeRandomBytes: stopped before the last held-out batch');
    for (const nats of lossesOf(subject, noise)) {
      count += 1;
      sum += nats;
      squares += nats * nats;
    }
    await yieldToEventLoop();
  }
  const nats = sum / count;
  const floor = Math.log(256);
  const standardError = Math.sqrt(Math.max(0, squares / count - nats * nats) / count);
  return { nats, floor, standardError, leaks: nats < floor - impossible * standardError - rounding };
}

/** -ln p of every target, without the ignored ones. */
function lossesOf(subject: Trainable, { inputs, targets, batch, time }: Batch): number[] {
  const surprise = tf.tidy(() => {
    const logits = subject.apply(tf.tensor2d(inputs, [batch, time], 'int32'));
    const rows = tf.reshape<tf.Rank.R2>(logits, [batch * time, subject.vocabulary]);
    const chosen = tf.oneHot(tf.relu(tf.tensor1d(targets, 'int32')), subject.vocabulary);
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(rows), chosen), 1)).dataSync<'float32'>();
  });
  return Array.from(surprise).filter((_, i) => (targets[i] as number) >= 0);
}

import { expect } from '../../core/errors';
import { IGNORED, type Batch } from '../batch';

/** How many of the asked positions a model got right. */
export interface Score {
  readonly correct: number;
  readonly asked: number;
}

/**
 * Counts the positions with a target where the largest logit is the target's; of equal logits the first one counts.
 *
 * @param logits `[batch, time, vocabulary]`, row after row, as `tensor.dataSync()` gives them.
 * @throws ConfigError when the number of logits is not a multiple of `batch * time`.
 * @example
 * score(Float32Array.of(0.1, 0.9), { inputs: Int32Array.of(0), targets: Int32Array.of(1), batch: 1, time: 1 });
 * // { correct: 1, asked: 1 }
 */
export function score(logits: ArrayLike<number>, { targets, batch, time }: Batch): Score {
  const vocabulary = logits.length / (batch * time);
  const expected = `a multiple of batch * time = ${batch * time} numbers`;
  expect(Number.isInteger(vocabulary) && vocabulary > 0, 'score', 'logits', expected, logits.length);
  let [correct, asked] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] === IGNORED) continue;
    asked++;
    let best = i * vocabulary;
    for (let j = best + 1; j < (i + 1) * vocabulary; j++)
      if ((logits[j] as number) > (logits[best] as number)) best = j;
    if (best - i * vocabulary === targets[i]) correct++;
  }
  return { correct, asked };
}

/**
 * The share of asked positions that `predict` gets right over all batches, 0 … 1.
 *
 * @throws ConfigError when no position is asked.
 * @example
 * await accuracy(task.evaluation(), (batch) => logitsOf(model, batch));
 */
export async function accuracy(
  batches: Iterable<Batch>,
  predict: (batch: Batch) => ArrayLike<number> | Promise<ArrayLike<number>>,
): Promise<number> {
  let [correct, asked] = [0, 0];
  for (const batch of batches) {
    const part = score(await predict(batch), batch);
    correct += part.correct;
    asked += part.asked;
  }
  expect(asked > 0, 'accuracy', 'batches', 'batches with at least one target', 'none');
  return correct / asked;
}

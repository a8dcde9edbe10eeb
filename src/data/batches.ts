import { expect, expectInteger } from '../core/errors';
import { splitSeed, type Seed } from '../core/random';
import { emptyBatch, type Batch, type BatchSource } from './batch';
import { fingerprint, resumable } from './resumable';

export { IGNORED, emptyBatch, type Batch, type BatchSource } from './batch';
export { randomBytes } from './randomBytes';

/** What {@link textBatches} needs to know. */
export interface TextBatchOptions {
  readonly vocabulary: number;
  readonly bytesPerToken: number;
  /** Windows per batch. */
  readonly batch: number;
  /** Tokens per window. */
  readonly time: number;
  readonly seed: Seed;
  /** The share of the text, at its end, kept for evaluation; more than 0 and less than 1. Default 0.1. */
  readonly holdOut?: number;
  /** Where the held-out part begins, in tokens, if it is known exactly; `holdOut` then counts for nothing. */
  readonly cut?: number;
  /** At most this many evaluation batches, spread evenly over the held-out part. Default: all of it. */
  readonly evaluationBatches?: number;
}

/**
 * Cuts a token array into the part to train on (the beginning) and the held-out part (the end), as views.
 *
 * `cut`, the first held-out token, may be given instead of a share.
 *
 * @throws ConfigError when `holdOut` is not between 0 and 1, or `cut` not within the text.
 * @example
 * const { train, heldOut } = splitHeldOut(Int32Array.of(1, 2, 3, 4), 0.25); // [1, 2, 3] and [4]
 */
export function splitHeldOut(
  ids: Int32Array,
  holdOut = 0.1,
  cut = Math.round(ids.length * (1 - holdOut)),
): { train: Int32Array; heldOut: Int32Array } {
  expect(holdOut > 0 && holdOut < 1, 'splitHeldOut', 'holdOut', 'a number between 0 and 1', holdOut);
  const within = `an integer from 0 to ${ids.length}`;
  expect(Number.isInteger(cut) && cut >= 0 && cut <= ids.length, 'splitHeldOut', 'cut', within, cut);
  return { train: ids.subarray(0, cut), heldOut: ids.subarray(cut) };
}

/**
 * Next-token batches from one long text. Training windows start anywhere in the first part of the text, drawn evenly
 * from the seed; targets are the inputs moved by one token:
 *
 *     inputs   C a l l _ m e _        targets   a l l _ m e _ I
 *
 * Evaluation walks through the held-out end window by window, without overlap, so that every held-out token but the
 * first is predicted exactly once.
 *
 * @param ids the whole text as token ids, each in 0 … vocabulary - 1; not copied, so leave it alone afterwards.
 * @throws ConfigError when an option is out of range, an id is not in the vocabulary, or either part of the text is
 * shorter than one window and its targets (time + 1 tokens).
 * @example
 * const tokens = byteTokenizer();
 * const ids = tokens.encode(loadCorpus('moby-dick').text);
 * const data = textBatches(ids, { vocabulary: 256, bytesPerToken: 1, batch: 8, time: 128, seed: 1 });
 * const { inputs, targets } = data.next();
 */
export function textBatches(ids: Int32Array, options: TextBatchOptions): BatchSource {
  const { vocabulary, bytesPerToken, batch, time, seed, holdOut = 0.1 } = options;
  const evaluationBatches = options.evaluationBatches ?? Infinity;
  const where = 'textBatches';
  expectInteger(vocabulary, where, 'vocabulary');
  expectInteger(batch, where, 'batch');
  expectInteger(time, where, 'time');
  expect(Number.isInteger(seed), where, 'seed', 'an integer', seed);
  expect(bytesPerToken > 0 && Number.isFinite(bytesPerToken), where, 'bytesPerToken', '> 0', bytesPerToken);
  if (evaluationBatches !== Infinity) expectInteger(evaluationBatches, where, 'evaluationBatches');
  const stray = ids.findIndex((id) => id < 0 || id >= vocabulary);
  expect(stray < 0, where, 'ids', `token ids from 0 to ${vocabulary - 1}`, ids[stray]);
  const { train, heldOut } = splitHeldOut(ids, holdOut, options.cut);
  const window = `at least ${time + 1} tokens to train on and ${time + 1} held out (time + 1)`;
  const parts = `${train.length} and ${heldOut.length}`;
  expect(train.length > time && heldOut.length > time, where, 'ids', window, parts);

  const setup = `batch ${batch}, time ${time}, hold-out ${heldOut.length} tokens, seed ${seed}`;
  const stream = resumable(
    `text ${fingerprint(ids)} of ${ids.length} tokens, ${setup}`,
    splitSeed(seed, 'windows'),
  );
  return {
    vocabulary,
    bytesPerToken,
    next() {
      const rows = emptyBatch(batch, time);
      for (let row = 0; row < batch; row++)
        copyWindow(train, stream.random.integer(0, train.length - time - 1), rows, row);
      return rows;
    },
    get state() {
      return stream.state;
    },
    restore: (state) => stream.restore(state),
    *evaluation() {
      const windows = Math.ceil((heldOut.length - 1) / time);
      const kept = Math.min(windows, evaluationBatches * batch);
      for (let first = 0; first < kept; first += batch) {
        const rows = emptyBatch(batch, time);
        for (let row = 0; row < batch && first + row < kept; row++)
          copyWindow(heldOut, Math.floor(((first + row) * windows) / kept) * time, rows, row);
        yield rows;
      }
    },
  };
}

/** Writes the window that begins at `start` into one row; a window over the end of the text is filled up as ignored. */
function copyWindow(text: Int32Array, start: number, { inputs, targets, time }: Batch, row: number): void {
  const length = Math.min(time, text.length - 1 - start);
  inputs.set(text.subarray(start, start + length), row * time);
  targets.set(text.subarray(start + 1, start + 1 + length), row * time);
}

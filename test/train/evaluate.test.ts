import { expect } from 'chai';
import { ConfigError, StoppedError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import type { Batch, BatchSource } from '../../src/data/batches';
import { evaluate } from '../../src/train/evaluate';
import { crossEntropySum } from '../../src/train/loss';
import { tinyData, tinyModel } from './tiny';

function judgedBy(batches: readonly Batch[], bytesPerToken = 1): BatchSource {
  return { ...tinyData(), state: null, bytesPerToken, evaluation: () => batches };
}

describe('train/evaluate', () => {
  const model = tinyModelLater();

  it('is the mean over every counted token of every batch, in nats and bits per byte', async () => {
    const batches = [...tinyData().evaluation()];
    let sum = 0;
    let tokens = 0;
    for (const { inputs, targets, batch, time } of batches) {
      tf.tidy(() => {
        const logits = model().apply(tf.tensor2d(inputs, [batch, time], 'int32'));
        sum += crossEntropySum(logits, tf.tensor2d(targets, [batch, time], 'int32')).dataSync()[0] as number;
      });
      tokens += targets.filter((target) => target >= 0).length;
    }
    const found = await evaluate(model(), judgedBy(batches, 2.5));
    expect(found.tokens).to.equal(tokens);
    expect(found.loss).to.equal(sum / tokens);
    expect(found.bitsPerByte).to.be.closeTo(sum / tokens / Math.LN2 / 2.5, 1e-12);
    // 60 held-out tokens, the first of which nothing predicts: the last batch is padded
    expect(tokens).to.equal(59);
  });

  it('never changes with what stands in the padding, nor with how much of it there is', async () => {
    const real = { inputs: [0, 1, 2, 3, 4, 5], targets: [1, 2, 3, 4, 5, 6] };
    const plain: Batch = {
      inputs: Int32Array.from(real.inputs),
      targets: Int32Array.from(real.targets),
      batch: 1,
      time: 6,
    };
    const expected = await evaluate(model(), judgedBy([plain]));
    for (const filler of [0, 3, 6]) {
      for (const extra of [1, 4, 40]) {
        const padded: Batch = {
          inputs: Int32Array.from([...real.inputs, ...new Array<number>(6 * extra).fill(filler)]),
          targets: Int32Array.from([...real.targets, ...new Array<number>(6 * extra).fill(-1)]),
          batch: 1 + extra,
          time: 6,
        };
        const found = await evaluate(model(), judgedBy([padded]));
        expect(found.tokens).to.equal(6);
        expect(found.loss).to.be.closeTo(expected.loss, 1e-6);
      }
    }
    // the control: a filler that counts does change the figure
    const counted = { ...plain, targets: Int32Array.from([1, 2, 3, 4, 5, 0]) };
    expect(Math.abs((await evaluate(model(), judgedBy([counted]))).loss - expected.loss)).to.be.above(1e-3);
  });

  it('leaks no tensor, stops by its signal, and refuses a source with nothing held out', async () => {
    const before = tf.memory().numTensors;
    await evaluate(model(), tinyData());
    const stop = new AbortController();
    stop.abort();
    expect(await failure(evaluate(model(), tinyData(), { signal: stop.signal }))).to.be.instanceOf(
      StoppedError,
    );
    expect(await failure(evaluate(model(), judgedBy([])))).to.be.instanceOf(ConfigError);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** One model for all tests of a suite, made after the backend is ready. */
function tinyModelLater(): () => ReturnType<typeof tinyModel> {
  let made: ReturnType<typeof tinyModel>;
  before(() => {
    made = tinyModel(7, 3, 1);
  });
  after(() => made.dispose());
  return () => made;
}

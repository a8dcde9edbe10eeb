import { expect } from 'chai';
import * as fs from 'node:fs';
import { FileError, StoppedError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { leaves } from '../../src/core/tree';
import type { RunConfig } from '../../src/train/config';
import { fit } from '../../src/train/fit';
import { buildRun } from '../../src/train/run';
import { temporaryFolder } from './tiny';

const base: RunConfig = {
  name: 'test',
  seed: 1,
  data: {
    task: { name: 'copy', vocabulary: 6 },
    tokenizer: 'bytes',
    holdOut: 0.1,
    batch: 2,
    time: 8,
    evaluationBatches: 2,
  },
  model: {
    attention: ['softmax'],
    width: 8,
    heads: 2,
    layers: 2,
    positions: 'none',
    feedForward: 'mlp',
    norm: 'layerNorm',
    finalNorm: 'same',
    head: 'tied',
  },
  training: {
    steps: 2,
    learningRate: { name: 'cosine', peak: 0.01, warmup: 1 },
    optimizer: { name: 'adamw', weightDecay: 0.1 },
    clip: 1,
    accumulate: 2,
    checkpointEvery: 5,
  },
};

describe('train/run', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const textRun = (data: Partial<RunConfig['data']>): RunConfig => {
    fs.writeFileSync(folder.at('text.txt'), 'abc äbc abd. '.repeat(60));
    return {
      ...base,
      data: { file: folder.at('text.txt'), tokenizer: 'bytes', holdOut: 0.2, batch: 2, time: 8, ...data },
    };
  };

  for (const task of [
    { name: 'recall', vocabulary: 16, pairs: 2 },
    { name: 'induction', vocabulary: 9 },
    { name: 'copy', vocabulary: 6 },
    { name: 'randomBytes' },
  ] as const) {
    it(`trains on the task ${task.name}, and leaks nothing`, async () => {
      const before = tf.memory().numTensors;
      const { model, data, options, text } = await buildRun({ ...base, data: { ...base.data, task } });
      expect([text, data.vocabulary]).to.deep.equal([
        undefined,
        task.name === 'randomBytes' ? 256 : task.vocabulary,
      ]);
      const log = await fit(model, data, options);
      expect(log.records.map(({ learningRate }) => learningRate)).to.deep.equal([0.01, 0.01]);
      expect(log.evaluation?.tokens).to.be.above(0);
      expect(log.manifest.seeds['run']).to.equal(1);
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('takes any variant, several of them in turn, and the pattern of Based', async () => {
    const names = async (attention: string[], layers: number) => {
      const { model } = await buildRun({ ...base, model: { ...base.model, attention, layers } });
      const found = [model.config.attention]
        .flat()
        .map((variant) => (variant as { meta: { name: string } }).meta.name);
      model.dispose();
      return found;
    };
    expect(await names(['elita', 'softmax'], 2)).to.deep.equal(['elita', 'softmax']);
    expect(await names(['basedLayout'], 4)).to.deep.equal([
      'gatedConvolution',
      'based',
      'slidingWindow',
      'gatedConvolution',
    ]);
  });

  it('makes the same weights and batches from the same seed, and others from another', async () => {
    const first = async (seed: number) => {
      const { model, data } = await buildRun({ ...base, seed });
      const numbers = [
        ...data.next().inputs,
        ...leaves(model.parameters).flatMap(([, w]) => [...w.dataSync()]),
      ];
      model.dispose();
      return numbers;
    };
    expect(await first(1)).to.deep.equal(await first(1));
    expect(await first(1)).not.to.deep.equal(await first(2));
  });

  it('counts bytes per token by the whole text, for every tokenizer', async () => {
    for (const [settings, expected] of [
      [{ tokenizer: 'bytes' }, 1],
      [{ tokenizer: 'characters' }, 14 / 13],
    ] as const) {
      const { model, data, text } = await buildRun(textRun(settings));
      expect(data.bytesPerToken).to.be.closeTo(expected, 1e-12);
      expect(text?.yardsticks.map(({ name }) => name)).to.deep.equal(['uniform', 'unigram', 'bigram']);
      model.dispose();
    }
  });

  it('learns a tokenizer from the training part only, keeps it in the folder and takes it from there again', async () => {
    fs.mkdirSync(folder.at('run'));
    const config = textRun({ tokenizer: 'bpe', vocabulary: 260 });
    fs.writeFileSync(folder.at('text.txt'), `${'ab '.repeat(80)}${'zq '.repeat(20)}`);
    const { model, text } = await buildRun(config, { folder: folder.at('run') });
    model.dispose();
    expect(text?.tokenizer.encode('ab').length).to.equal(1);
    expect(text?.tokenizer.encode('zq').length).to.equal(2);
    // with another text in its place, the tokenizer that was kept still counts
    fs.writeFileSync(folder.at('text.txt'), 'zq '.repeat(100));
    const again = await buildRun(config, { folder: folder.at('run') });
    again.model.dispose();
    expect(again.text?.tokenizer.encode('zq').length).to.equal(2);
  });

  it('cuts the text once, for tokenizer and model alike, and not within a character', async () => {
    const config = textRun({ tokenizer: 'bpe', vocabulary: 270, holdOut: 0.5 });
    // the middle by length is the middle of a surrogate pair
    const [first, second] = [`${'ab '.repeat(9)}ab😀`, `${'zq '.repeat(9)}zq`];
    fs.writeFileSync(folder.at('text.txt'), first + second);
    expect((first + second).length / 2).to.equal(first.length - 1);
    const { model, data, text } = await buildRun(config);
    model.dispose();
    const encoded = text?.tokenizer.encode(second) ?? new Int32Array();
    const heldOut = [...data.evaluation()].flatMap(({ inputs, targets }) =>
      [...inputs].filter((_, i) => (targets[i] as number) >= 0),
    );
    expect(heldOut).to.deep.equal([...encoded.slice(0, -1)]);
    expect(text?.tokens).to.equal(encoded.length + (text?.tokenizer.encode(first).length ?? 0));
  });

  it('hands feedForwardFactor to the model', async () => {
    const shape = async (part: object) => {
      const { model } = await buildRun({
        ...base,
        model: { ...base.model, feedForward: 'feedForward2', ...part },
      });
      model.dispose();
      return model.parameterCount;
    };
    expect(await shape({ feedForwardFactor: 2 })).to.be.below(await shape({}));
  });

  it('passes on a missing text, and stops while learning a tokenizer', async () => {
    const failure = async (config: RunConfig, signal?: AbortSignal) =>
      buildRun(config, signal && { signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await failure(textRun({ file: folder.at('nothing.txt') }))).to.be.instanceOf(FileError);
    const bpe = textRun({ tokenizer: 'bpe', vocabulary: 270 });
    expect(await failure(bpe, AbortSignal.abort())).to.be.instanceOf(StoppedError);
  });
});

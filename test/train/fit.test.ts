import { expect } from 'chai';
import * as fs from 'node:fs';
import { ConfigError, DivergedError, FileError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import type { Trainable } from '../../src/model/trainable';
import type { FitOptions } from '../../src/train/fit';
import { fit } from '../../src/train/fit';
import type { RunLog, StepRecord } from '../../src/train/runLog';
import { readRunLog } from '../../src/train/runLog';
import { cosine, inverseSqrt } from '../../src/train/schedule';
import { stepper } from '../../src/train/stepper';
import { allWeights, temporaryFolder, tinyData, tinyModel } from './tiny';

const numbersOf = ({ records }: RunLog) =>
  records.map(({ step, loss, learningRate, gradientNorm }) => ({ step, loss, learningRate, gradientNorm }));

describe('train/fit', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => folder.remove());

  it('learns: the held-out loss ends far below a uniform guess; with a rate of 0 it does not', async () => {
    const train = async (learningRate: number) => {
      const model = tinyModel(7, 6, 1);
      const log = await fit(model, tinyData(), { steps: 150, learningRate, evaluateEvery: 50 });
      model.dispose();
      return log;
    };
    const log = await train(0.03);
    expect(log.evaluation?.loss).to.be.below(0.7 * Math.log(7));
    expect(log.records.filter(({ evaluation }) => evaluation).map(({ step }) => step)).to.deep.equal([
      50, 100, 150,
    ]);
    expect((await train(0)).evaluation?.loss).to.be.above(0.95 * Math.log(7));
  });

  it('answers a log that cannot be written with its path, and leaves the model as it was', async () => {
    fs.writeFileSync(folder.at('file'), '');
    const model = tinyModel(7, 3, 2);
    const before = allWeights(model);
    const log = folder.at('file/log.jsonl');
    const failure: unknown = await fit(model, tinyData(), { steps: 2, learningRate: 0.1, log }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(FileError);
    expect((failure as Error).message).to.match(
      /^fit: argument 'log' must be a file that can be written, got '.*log\.jsonl'/,
    );
    expect(allWeights(model)).to.deep.equal(before);
    model.dispose();
  });

  it('does exactly what the stepper does step by step', async () => {
    const [a, b] = [tinyModel(7, 3, 2), tinyModel(7, 3, 2)];
    const options = { learningRate: inverseSqrt({ peak: 0.01 }), clip: 0.3, accumulate: 2 };
    const log = await fit(a, tinyData(), { ...options, steps: 5 });
    const s = stepper(b, tinyData(), options);
    const steps = [1, 2, 3, 4, 5].map(() => s.step());
    expect(numbersOf(log)).to.deep.equal(
      steps.map(({ step, loss, learningRate, gradientNorm }) => ({ step, loss, learningRate, gradientNorm })),
    );
    expect(allWeights(a)).to.deep.equal(allWeights(b));
    a.dispose();
    b.dispose();
  });

  it('keeps the number of tensors and their bytes level over 500 steps, evaluations included', async () => {
    const model = tinyModel(7, 3, 3);
    const before = tf.memory().numTensors;
    const { records } = await fit(model, tinyData(), { steps: 500, learningRate: 0.01, evaluateEvery: 100 });
    expect(new Set(records.map(({ tensors }) => tensors))).to.deep.equal(new Set([before]));
    expect(new Set(records.map(({ bytes }) => bytes)).size).to.equal(1);
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });

  it('lets timers and other work run while it trains', async () => {
    const model = tinyModel(7, 3, 3);
    let turns = 0;
    let training = true;
    const other = (async () => {
      while (training) {
        turns++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await fit(model, tinyData(), { steps: 10, learningRate: 0.01, accumulate: 3 });
    training = false;
    await other;
    // once per batch, before the update and after the step: 3 + 1 turns of the loop for every step, less the last
    expect(turns).to.be.at.least(10 * 4);
    model.dispose();
  });

  it('stops after the step under way, saves, and nothing runs on', async () => {
    const model = tinyModel(7, 3, 4);
    const stop = new AbortController();
    const seen: number[] = [];
    const log = await fit(model, tinyData(), {
      steps: 1000,
      learningRate: 0.01,
      signal: stop.signal,
      log: folder.at('log.jsonl'),
      checkpoint: { directory: folder.at('checkpoint'), every: 100 },
      onStep: ({ step }) => {
        seen.push(step);
        if (step === 4) setImmediate(() => stop.abort());
      },
    });
    expect(log.stopped).to.equal(true);
    expect(log.records.length).to.be.within(4, 5);
    const [weights, tensors] = [allWeights(model), tf.memory().numTensors];
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seen.length).to.equal(log.records.length);
    expect(allWeights(model)).to.deep.equal(weights);
    expect(tf.memory().numTensors).to.equal(tensors);
    const written = readRunLog(folder.at('log.jsonl'));
    expect([written.stopped, numbersOf(written)]).to.deep.equal([true, numbersOf(log)]);
    // the model trains on from where it stopped
    const data = tinyData();
    const rest = await fit(model, data, {
      steps: log.records.length + 2,
      learningRate: 0.01,
      checkpoint: { directory: folder.at('checkpoint'), every: 100 },
      resume: true,
    });
    expect(rest.records.map(({ step }) => step)).to.deep.equal([1, 2].map((n) => log.records.length + n));
    model.dispose();
  });

  it('does no step at all when the signal was aborted before, and leaves an evaluation when Stop comes', async () => {
    const model = tinyModel(7, 3, 4);
    const before = allWeights(model);
    const log = await fit(model, tinyData(), { steps: 5, learningRate: 1, signal: AbortSignal.abort() });
    expect([log.stopped, log.records.length]).to.deep.equal([true, 0]);
    expect(allWeights(model)).to.deep.equal(before);

    const stop = new AbortController();
    const source = tinyData();
    const data = {
      ...source,
      state: source.state,
      *evaluation() {
        for (const batch of source.evaluation()) {
          stop.abort();
          yield batch;
        }
      },
    };
    const stopped = await fit(model, data, {
      steps: 5,
      learningRate: 0.1,
      evaluateEvery: 1,
      signal: stop.signal,
    });
    expect([stopped.stopped, stopped.records.length, stopped.evaluation]).to.deep.equal([true, 1, undefined]);
    model.dispose();
  });

  it('resumes to the bit: weights, losses, checkpoint file and log equal those of one uninterrupted run', async () => {
    const options = (name: string): FitOptions => ({
      steps: 20,
      learningRate: cosine({ peak: 0.05, floor: 0.001, steps: 20 }),
      optimizer: { name: 'adamw', weightDecay: 0.1 },
      accumulate: 2,
      clip: 0.5,
      evaluateEvery: 5,
      seeds: { model: 5, data: 1 },
      config: { note: 'same' },
      log: folder.at(`${name}/log.jsonl`),
      checkpoint: { directory: folder.at(name), every: 3 },
      resume: true,
    });
    const whole = tinyModel(7, 3, 5);
    const expected = await fit(whole, tinyData(), options('whole'));
    let log: RunLog | undefined;
    for (const until of [4, 11, 20]) {
      // after the first part, a model with other weights at its start: everything must come from the files
      const model = tinyModel(7, 3, until === 4 ? 5 : 77);
      const stop = new AbortController();
      const onStep = ({ step }: StepRecord) => (step === until ? stop.abort() : undefined);
      log = await fit(model, tinyData(), { ...options('parts'), onStep, signal: stop.signal });
      if (until === 20) expect(allWeights(model)).to.deep.equal(allWeights(whole));
      model.dispose();
    }
    expect(numbersOf(log as RunLog)).to.deep.equal(numbersOf(expected));
    expect(numbersOf(readRunLog(folder.at('parts/log.jsonl')))).to.deep.equal(numbersOf(expected));
    expect(
      fs.readFileSync(folder.at('whole/latest.ckpt')).equals(fs.readFileSync(folder.at('parts/latest.ckpt'))),
    ).to.equal(true);
    whole.dispose();
  });

  it('drops log lines of steps that were lost with a killed process, and a last line cut short', async () => {
    const model = tinyModel(7, 3, 6);
    const options = {
      learningRate: 0.01,
      log: folder.at('log.jsonl'),
      checkpoint: { directory: folder.at('run'), every: 4 },
    };
    await fit(model, tinyData(), { ...options, steps: 4 });
    // as if a process had gone on for two steps after the checkpoint and then died
    const line = fs.readFileSync(folder.at('log.jsonl'), 'utf8').split('\n')[4] as string;
    fs.appendFileSync(folder.at('log.jsonl'), `${line.replace('"step":4', '"step":5')}\n{"kind":"step","st`);
    expect(readRunLog(folder.at('log.jsonl')).records.length).to.equal(5);
    const log = await fit(model, tinyData(), { ...options, steps: 6, resume: true });
    expect(log.records.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(numbersOf(readRunLog(folder.at('log.jsonl')))).to.deep.equal(numbersOf(log));
    model.dispose();
  });

  it('refuses to resume a run with other settings or another model, naming what differs', async () => {
    const model = tinyModel(7, 3, 6);
    const options = { learningRate: 0.01, checkpoint: { directory: folder.at('run'), every: 4 } };
    await fit(model, tinyData(), { ...options, steps: 2 });
    const again = (change: object, other: Trainable = model) =>
      failure(fit(other, tinyData(), { ...options, steps: 4, resume: true, ...change }));
    expect(await again({ learningRate: 0.02 })).to.match(
      /ConfigError: fit: argument 'learningRate.rate' must be 0\.01 as in .*latest.ckpt, got 0\.02$/,
    );
    expect(await again({ clip: 1 })).to.match(/ConfigError: fit: argument 'clip' must be null/);
    expect(await again({ optimizer: { name: 'adamw' } })).to.match(
      /ConfigError: fit: argument 'optimizer\.decays' must be null.*got "matrices"/,
    );
    const wider = tinyModel(7, 4, 6);
    expect(await again({}, wider)).to.match(
      /FileError: .*parameter 'embedding' must have shape \[7, 4\], got \[7, 3\]/,
    );
    expect(await again({ config: { seed: 2 } })).to.match(
      /ConfigError: fit: argument 'config' must be null.*got {"seed":2}/,
    );
    expect(await again({ checkpoint: undefined })).to.match(/ConfigError: fit: argument 'checkpoint'/);
    wider.dispose();
    model.dispose();
  });

  it('writes a manifest first: versions, backend, machine, settings, seeds, configuration', async () => {
    const model = tinyModel(7, 3, 6);
    await fit(model, tinyData(), {
      steps: 1,
      learningRate: 0.01,
      log: folder.at('deep/log.jsonl'),
      seeds: { model: 6 },
      config: { name: 'x' },
    });
    const { manifest } = readRunLog(folder.at('deep/log.jsonl'));
    expect(manifest.versions).to.deep.equal({
      attentionLab: (JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string }).version,
      tfjs: tf.version.tfjs,
      node: process.versions.node,
    });
    expect(manifest).to.deep.include({
      kind: 'manifest',
      backend: tf.getBackend(),
      parameters: 7 * 3 + 3 * 7 + 7,
      seeds: { model: 6 },
      config: { name: 'x' },
    });
    expect(manifest.settings['learningRate']).to.deep.equal({ name: 'constant', rate: 0.01 });
    model.dispose();
  });

  it('passes on what goes wrong, closes its log and leaks nothing', async () => {
    const model = tinyModel(7, 3, 6);
    const before = tf.memory().numTensors;
    const onStep = () => {
      throw new RangeError('from the caller');
    };
    const options = { steps: 3, learningRate: 0.01, log: folder.at('log.jsonl') };
    expect(await failure(fit(model, tinyData(), { ...options, onStep }))).to.equal(
      'RangeError: from the caller',
    );
    const broken: Trainable = {
      ...model,
      apply: (ids) => tf.tidy(() => tf.mul<tf.Tensor3D>(model.apply(ids), NaN)),
    };
    expect(await failure(fit(broken, tinyData(), options))).to.contain(DivergedError.name);
    for (const bad of [{ steps: 0 }, { evaluateEvery: 0 }, { checkpoint: { directory: 'x', every: 0.5 } }])
      expect(await failure(fit(model, tinyData(), { ...options, ...bad }))).to.contain(ConfigError.name);
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});

/** The error a promise ends with, as `Name: sentence`. */
async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}

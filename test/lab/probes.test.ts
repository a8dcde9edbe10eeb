import { expect } from 'chai';
import { attentions } from '../../src/attention';
import { ConfigError, StoppedError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { probeCausality } from '../../src/lab/probeCausality';
import { probeRandomBytes } from '../../src/lab/probeRandomBytes';
import { probeAll, probeSubjects } from '../../src/lab/probes';
import type { ProbeProgress, ProbeSubject } from '../../src/lab/probes';
import type { Trainable } from '../../src/model/trainable';

const ln256 = Math.log(256);

/** A model without parameters: logits as a function of the bytes, given as one-hot rows `[B, T, 256]`. */
const handmade = (logits: (bytes: tf.Tensor3D) => tf.Tensor3D): Trainable => ({
  parameters: {},
  vocabulary: 256,
  apply: (ids) => tf.tidy(() => logits(tf.oneHot(ids, 256).toFloat() as tf.Tensor3D)),
  dispose: () => undefined,
});

/** Every token's row moved `by` places to the front: what a model sees that looks ahead. */
const ahead = (bytes: tf.Tensor3D, by: number): tf.Tensor3D =>
  tf.pad(tf.slice(bytes, [0, by, 0], [-1, bytes.shape[1] - by, -1]), [
    [0, 0],
    [0, by],
    [0, 0],
  ]);

const find = (variant: string, form: string): ProbeSubject => {
  const subject = probeSubjects().find(
    (candidate) => candidate.variant === variant && candidate.form === form,
  );
  if (!subject) throw new Error(`no probe subject ${variant} ${form}`);
  return subject;
};

describe('probeCausality', () => {
  it('finds a look ahead of any length, and says how far it went', () => {
    for (const by of [1, 3, 20]) {
      const report = probeCausality(
        handmade((bytes) => tf.add(bytes, tf.mul(ahead(bytes, by), 1e-6))),
        { seed: 1, time: 32 },
      );
      expect(report).to.include({ causal: false, lead: by, edits: 64 });
      expect(report.largestBefore).to.be.closeTo(1e-6, 1e-7);
      expect(report.largestAfter).to.be.at.least(1);
    }
  });

  it('passes a running sum, to the last bit', () => {
    const weights = randomNormal<tf.Rank.R2>([256, 256], 0, 1, 1);
    const model = handmade((bytes) => {
      const [B, T] = bytes.shape;
      const mixed = tf.matMul(tf.reshape(bytes, [B * T, 256]), weights);
      const mask = tf.linalg.bandPart(tf.ones([T, T]), -1, 0);
      const past = tf.tile(tf.reshape<tf.Rank.R3>(mask, [1, T, T]), [B, 1, 1]);
      return tf.matMul(past, tf.reshape<tf.Rank.R3>(mixed, [B, T, 256]));
    });
    const report = probeCausality(model, { seed: 2, time: 24, edits: 16 });
    expect(report).to.include({ causal: true, largestBefore: 0, lead: 0 });
    expect(report.largestAfter).to.be.above(1);
    weights.dispose();
  });

  it('says when a model ignores its input, and never calls NaN causal', () => {
    expect(probeCausality(handmade(tf.zerosLike), { seed: 1 })).to.include({ causal: true, largestAfter: 0 });
    expect(
      probeCausality(
        handmade((bytes) => tf.mul(bytes, NaN)),
        { seed: 1 },
      ).causal,
    ).to.equal(false);
  });

  it('flags the published QLLK and LAT, passes their honest forms and every other variant', () => {
    const expected = (subject: ProbeSubject): boolean =>
      subject.form === 'shifted' ||
      subject.form === 'standard' ||
      (subject.variant === 'elita' && subject.form === 'asPublished');
    const flagged: string[] = [];
    for (const subject of probeSubjects()) {
      const model = subject.make(3);
      const before = tf.memory().numTensors;
      const report = probeCausality(model, { seed: 4, edits: 16 });
      expect(tf.memory().numTensors).to.equal(before);
      expect(report.causal, subject.variant).to.equal(expected(subject));
      expect(report.largestAfter, subject.variant).to.be.above(1e-3);
      if (!report.causal) flagged.push(`${subject.variant} ${subject.form}`);
      model.dispose();
    }
    expect(flagged).to.deep.equal([
      'linear asPublished',
      'qllk v1.0 patch model asPublished',
      'qllk v1.1 patch model asPublished',
    ]);
  });

  it('refuses impossible settings', () => {
    expect(() => probeCausality(handmade(tf.zerosLike), { seed: 1, time: 1 })).to.throw(
      ConfigError,
      "'time'",
    );
    expect(() => probeCausality(handmade(tf.zerosLike), { seed: 1, edits: 0 })).to.throw(
      ConfigError,
      "'edits'",
    );
  });
});

describe('probeRandomBytes', () => {
  it('judges a model that predicts evenly as exactly ln 256, without a leak', async () => {
    const report = await probeRandomBytes(handmade(tf.zerosLike), { steps: 0, seed: 1 });
    expect(report.floor).to.equal(ln256);
    expect(report.nats).to.be.closeTo(ln256, 1e-6);
    expect(report.leaks).to.equal(false);
  });

  it('measures a known loss with its standard error', async () => {
    // bytes under 128 get logit 1, whatever came before: right half of the time
    const lean = handmade((bytes) => {
      const favour = tf.tensor1d(Array.from({ length: 256 }, (_, byte) => (byte < 128 ? 1 : 0)));
      return tf.add(tf.mul(bytes, 0), favour);
    });
    const report = await probeRandomBytes(lean, { steps: 0, seed: 1 });
    const mass = Math.log(128 * (1 + Math.E));
    expect(report.standardError).to.be.closeTo(0.5 / Math.sqrt(512 * 16), 1e-4);
    expect(report.nats).to.be.closeTo(mass - 0.5, 4 * report.standardError);
    expect(report.leaks).to.equal(false);
  });

  it('catches a leak of a hundredth of a nat', async () => {
    const faint = handmade((bytes) => tf.mul(ahead(bytes, 1), 0.02));
    const report = await probeRandomBytes(faint, { steps: 0, seed: 1 });
    expect(ln256 - report.nats).to.be.within(0.01, 0.02);
    expect(report.leaks).to.equal(true);
  });

  it('is not fooled by forty honest models that guess wildly', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const guesses = randomNormal<tf.Rank.R2>([256, 256], 0, 0.1, seed);
      const model = handmade((bytes) => {
        const [B, T] = bytes.shape;
        return tf.reshape(tf.matMul(tf.reshape(bytes, [B * T, 256]), guesses), [B, T, 256]);
      });
      const report = await probeRandomBytes(model, { steps: 0, seed, evaluationSequences: 32 });
      expect(report.leaks, `seed ${seed}`).to.equal(false);
      guesses.dispose();
    }
  });

  it('trains QLLK as published far below ln 256, and its shifted form not at all', async function () {
    this.timeout(600_000);
    const nats = new Map<string, number>();
    for (const form of ['asPublished', 'shifted']) {
      const model = find('qllk v1.1 patch model', form).make(1);
      const report = await probeRandomBytes(model, { steps: 120, seed: 2 });
      expect(report.leaks, form).to.equal(form === 'asPublished');
      nats.set(form, report.nats);
      model.dispose();
    }
    expect(nats.get('asPublished')).to.be.below(4.5);
    expect(nats.get('shifted')).to.be.within(ln256, 5.7);
  });

  it('refuses models of another vocabulary', async () => {
    const error = await probeRandomBytes(
      { ...handmade(tf.zerosLike), vocabulary: 96 },
      { steps: 0, seed: 1 },
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ConfigError).with.property('message').that.includes('256 bytes, got 96');
  });
});

describe('probeAll', () => {
  it('has every variant of the registry and both QLLK models in both forms as subjects', () => {
    const subjects = probeSubjects();
    const names = subjects
      .slice(0, -4)
      .map(({ variant, form }) => (form === 'asPublished' ? `${variant}AsPublished` : variant));
    expect(names).to.deep.equal(Object.keys(attentions));
    // each twin stands beside its honest form
    for (const { variant } of subjects.filter(({ form }) => form === 'asPublished'))
      expect(subjects.filter((other) => other.variant === variant)).to.have.length(2);
    const patches = subjects.slice(-4).map(({ variant, form }) => `${variant} ${form}`);
    expect(patches).to.deep.equal([
      'qllk v1.0 patch model asPublished',
      'qllk v1.0 patch model shifted',
      'qllk v1.1 patch model asPublished',
      'qllk v1.1 patch model shifted',
    ]);
  });

  it('tells leaking twins from their honest forms, and leaves nothing behind', async function () {
    this.timeout(600_000);
    const subjects = [
      find('linear', 'asPublished'),
      find('linear', 'standard'),
      find('qllk v1.0 patch model', 'asPublished'),
      find('qllk v1.0 patch model', 'shifted'),
    ];
    const before = tf.memory().numTensors;
    const seen: ProbeProgress[] = [];
    const results = await probeAll({
      steps: 225,
      seed: 3,
      subjects,
      onProgress: (progress) => seen.push(progress),
    });
    expect(tf.memory().numTensors).to.equal(before);
    expect(results.map(({ variant, form }) => [variant, form])).to.deep.equal(
      subjects.map(({ variant, form }) => [variant, form]),
    );
    expect(results.map(({ verdict }) => verdict)).to.deep.equal(['leaks', 'clean', 'leaks', 'clean']);
    expect(results.map(({ causal }) => causal)).to.deep.equal([false, true, false, true]);
    for (const result of results) {
      expect(Object.keys(result)).to.deep.equal([
        'variant',
        'form',
        'causal',
        'randomBytesNats',
        'floorNats',
        'verdict',
      ]);
      expect(result.floorNats).to.equal(ln256);
      // both probes agree here: these leaks are learned within the steps given
      if (result.causal) expect(result.randomBytesNats).to.be.above(ln256 - 0.005);
      else expect(result.randomBytesNats).to.be.below(ln256 - 0.05);
    }
    expect(seen).to.have.length(4 * 225);
    expect(seen[225]).to.include({
      variant: 'linear',
      form: 'standard',
      subject: 2,
      subjects: 4,
      step: 1,
      steps: 225,
    });
  });

  it('gives the same numbers for the same seed', async () => {
    const run = () => probeAll({ steps: 3, seed: 5, subjects: [find('elita', 'standard')] });
    expect(await run()).to.deep.equal(await run());
  });

  it('calls a subject leaking if the edits alone show it', async () => {
    const peek: ProbeSubject = {
      variant: 'peek',
      form: 'standard',
      // sees the byte after the target: no use for predicting noise, but not causal
      make: () => handmade((bytes) => ahead(bytes, 2)),
    };
    const [result] = await probeAll({ steps: 0, subjects: [peek] });
    expect(result).to.include({ causal: false, verdict: 'leaks' });
    expect(result!.randomBytesNats).to.be.above(ln256);
  });

  it('stops when told to, and frees the subject under way', async () => {
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const work = probeAll({
      steps: 50,
      signal: stop.signal,
      subjects: [find('elita', 'standard'), find('softmax', 'standard')],
      onProgress: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(StoppedError);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { AttentionLabError, ConfigError } from '../../src/core/errors';
import { parseRunConfig } from '../../src/train/config';

const small = {
  name: 'small',
  seed: 3,
  data: { corpus: 'moby-dick', batch: 2, time: 8 },
  model: { attention: 'elita', width: 8, heads: 2, layers: 1, feedForward: 'mlp', norm: 'layerNorm' },
  training: { steps: 5, learningRate: 0.001 },
};

type Group = Record<string, unknown>;

/** The small run file with one setting changed; `undefined` leaves it out. */
function changed(path: string, value: unknown): string {
  const copy = structuredClone(small) as Group;
  const names = path.split('.');
  const last = names.pop() as string;
  const group = names.reduce((node, name) => node[name] as Group, copy);
  if (value === undefined) delete group[last];
  else group[last] = value;
  return stringify(copy);
}

const sentence = (text: string): string => {
  try {
    parseRunConfig(text, 'run.yaml');
    return 'accepted';
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as Error).message).not.to.contain('\n');
    return (error as Error).message;
  }
};

describe('train/config', () => {
  it('fills in defaults and reads short forms', () => {
    const config = parseRunConfig(stringify(small), 'run.yaml');
    expect(config.data).to.include({ tokenizer: 'bytes', holdOut: 0.1 });
    expect(config.model).to.deep.include({
      attention: ['elita'],
      positions: 'none',
      finalNorm: 'same',
      head: 'tied',
    });
    expect(config.training).to.deep.equal({
      steps: 5,
      learningRate: { name: 'constant', rate: 0.001 },
      optimizer: { name: 'adam' },
      accumulate: 1,
      checkpointEvery: 100,
    });
    const read = (path: string, value: unknown) => parseRunConfig(changed(path, value), 'f');
    expect(read('training.learningRate', 'inverseSqrt').training.learningRate).to.deep.equal({
      name: 'inverseSqrt',
    });
    expect(read('training.optimizer', 'adamw').training.optimizer).to.deep.equal({ name: 'adamw' });
    expect(read('model.attention', ['elita', 'softmax']).model.attention).to.deep.equal(['elita', 'softmax']);
  });

  it('accepts the example that is shown to newcomers', () => {
    const file = 'examples/elita-moby-dick.yaml';
    const config = parseRunConfig(fs.readFileSync(file, 'utf8'), file);
    expect([config.name, config.model.layers, config.data.corpus]).to.deep.equal([
      'elita-moby-dick',
      3,
      'moby-dick',
    ]);
    const { prompt, tokens } = config.sample as { prompt: string; tokens: number };
    expect(prompt.length + tokens, 'sample within the horizon').to.be.at.most(config.data.time);
  });

  for (const [path, value, says] of [
    [
      'training.stpes',
      1,
      "'training' does not know 'stpes' (did you mean 'steps'?); it knows steps, learningRate",
    ],
    ['model.attention', 'elitta', "'model.attention.0' must be softmax, elita,"],
    ['model.attention', 'elitta', "got 'elitta' (did you mean 'elita'?)"],
    ['model.heads', 'four', "'model.heads' must be a whole number of at least 1, got 'four'"],
    ['model.heads', 0, "'model.heads' must be at least 1, got 0"],
    ['model.width', undefined, "'model.width' must be given: a whole number of at least 1"],
    ['model', undefined, "'model' must be given: a group of settings (attention, "],
    ['model', 'elita', "'model' must be a group of settings (attention, "],
    ['model', null, 'got null'],
    ['training.learningRate', true, 'must be constant, inverseSqrt, cosine, got true'],
    ['model.norm', 'layernorm', "got 'layernorm' (did you mean 'layerNorm'?)"],
    ['data.corpus', 'moby-duck', "'data.corpus' must be moby-dick, "],
    ['data.corpus', undefined, "'data' must have exactly one of 'corpus', 'file' and 'task'"],
    ['data.vocabulary', 500, "'data' must have 'vocabulary' when, and only when, the tokenizer is bpe"],
    ['data.holdOut', 1, "'data.holdOut' must be a number between 0 and 1, got 1"],
    [
      'training.learningRate',
      { name: 'cosin', peak: 1 },
      "must be constant, inverseSqrt, cosine, got 'cosin' (did you",
    ],
    ['training.learningRate', { name: 'cosine' }, "'training.learningRate.peak' must be given: a number > 0"],
    [
      'training.learningRate',
      { name: 'cosine', peak: 1, flor: 0 },
      "does not know 'flor' (did you mean 'floor'?)",
    ],
    ['training.learningRate', -1, "'training.learningRate.rate' must be a number > 0, got -1"],
    [
      'training.learningRate',
      undefined,
      "'training.learningRate' must be given: constant, inverseSqrt, cosine",
    ],
    ['training.optimizer', 'adan', "got 'adan' (did you mean 'adam'?)"],
    [
      'training.optimizer',
      { name: 'adamw', decays: 'some' },
      "'training.optimizer.decays' must be matrices, all",
    ],
    ['data.task', { name: 'recall', pears: 3 }, "'data.task.pairs' must be given"],
    [
      'model.attentionConfig',
      { positionWidht: 3 },
      "'model.attentionConfig.positionWidht' is no setting of elita (did you mean 'positionWidth'?)",
    ],
    [
      'model.attentionConfig',
      { horizon: 9 },
      "'model.attentionConfig.horizon' follows from the model's 'context'",
    ],
    ['model.feedForwardFactor', 0, "'model.feedForwardFactor' must be at least 1, got 0"],
    ['name', '../../etc', "'name' must be letters, digits"],
    ['seed', 1.5, "'seed' must be a whole number, got 1.5"],
  ] as const) {
    it(`answers ${path} = ${JSON.stringify(value) ?? 'nothing'} with the key and what is allowed`, () => {
      expect(sentence(changed(path, value)))
        .to.contain(says)
        .and.to.match(/^run\.yaml/);
    });
  }

  it('names the line', () => {
    expect(sentence('name: a\nseed: x\n')).to.match(/^run\.yaml line 2: 'seed'/);
    expect(sentence('name: a\n  seed: [1\n')).to.match(/^run\.yaml line \d: it must be YAML/);
    const wrong = changed('model.attentionConfig', { positionWidht: 3 });
    const line = wrong.split('\n').findIndex((text) => text.includes('positionWidht')) + 1;
    expect(sentence(wrong)).to.contain(`run.yaml line ${line}: `);
    expect(sentence('')).to.contain('the file must be a group of settings (name, seed, ');
  });

  it('answers anything at all with one sentence of its own', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'name',
          'seed',
          'data',
          'model',
          'training',
          'sample',
          'data.time',
          'model.wraps',
          'training.clip',
        ),
        fc.anything({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown),
        (path, value) => {
          try {
            parseRunConfig(changed(path, value), 'run.yaml');
          } catch (error) {
            expect(error).to.be.instanceOf(AttentionLabError);
            expect((error as Error).message).to.match(/^run\.yaml( line \d+)?: '?\S.*$/);
          }
        },
      ),
      { seed: 2, numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(sentence(text)).to.match(/^run\.yaml/);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

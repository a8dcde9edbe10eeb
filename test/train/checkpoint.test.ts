import { expect } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { FileError } from '../../src/core/errors';
import type { Checkpoint } from '../../src/train/checkpoint';
import { decodeCheckpoint, encodeCheckpoint, firstDifference, hashOf } from '../../src/train/checkpoint';
import { loadCheckpoint, readCheckpoint, saveCheckpoint } from '../../src/train/checkpointFolder';
import { temporaryFolder } from './tiny';

function sample(step = 3): Checkpoint {
  return {
    step,
    weights: new Map([
      ['a.b', { shape: [2, 2], values: Float32Array.of(1, -0, NaN, 1e-45) }],
      ['scalar', { shape: [], values: Float32Array.of(Infinity) }],
      ['empty', { shape: [0, 5], values: new Float32Array(0) }],
    ]),
    optimizer: { steps: step, first: Float32Array.of(0.1, 2), second: Float32Array.of(3, 4) },
    data: { random: [1, -2, 3, 4], nested: { __proto__: null, x: 'ü' } },
    seeds: { model: 1, data: 2 },
    settings: { clip: null, optimizer: { name: 'adam' } },
    config: { model: 'tiny' },
  };
}

describe('train/checkpoint', () => {
  it('gives back every bit it was given', () => {
    const original = sample();
    const copy = decodeCheckpoint(encodeCheckpoint(original), 'file');
    for (const [path, { shape, values }] of original.weights) {
      expect(copy.weights.get(path)?.shape).to.deep.equal(shape);
      expect(new Uint32Array((copy.weights.get(path)?.values as Float32Array).buffer)).to.deep.equal(
        new Uint32Array(values.buffer),
      );
    }
    expect([...copy.weights.keys()]).to.deep.equal([...original.weights.keys()]);
    expect(copy.optimizer).to.deep.equal(original.optimizer);
    expect(JSON.stringify(copy.data)).to.equal('{"nested":{"x":"ü"},"random":[1,-2,3,4]}');
    expect([copy.step, copy.seeds, copy.settings, copy.config]).to.deep.equal([
      original.step,
      original.seeds,
      original.settings,
      original.config,
    ]);
    expect(encodeCheckpoint(copy).equals(encodeCheckpoint(original))).to.equal(true);
  });

  it('refuses every change of a single byte, every cut and every addition', () => {
    const bytes = encodeCheckpoint(sample());
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 0x10;
      expect(() => decodeCheckpoint(changed, 'file'), `byte ${i}`).to.throw(FileError, 'file: ');
      expect(() => decodeCheckpoint(bytes.subarray(0, i), 'file'), `cut at ${i}`).to.throw(
        FileError,
        'file: ',
      );
    }
    expect(() => decodeCheckpoint(Buffer.concat([bytes, Buffer.of(0)]), 'file')).to.throw(
      FileError,
      'damaged',
    );
  });

  it('refuses arbitrary bytes, also behind a right beginning', () => {
    const start = encodeCheckpoint(sample()).subarray(0, 12);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, begun) => {
        const bytes = Buffer.concat([begun ? start : Buffer.alloc(0), noise]);
        expect(() => decodeCheckpoint(bytes, 'x')).to.throw(FileError);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('refuses a header that promises other sizes or another format, although its checksum is right', () => {
    const forged = (edit: (header: Record<string, unknown>) => void) => {
      const bytes = encodeCheckpoint(sample());
      const length = bytes.readUInt32LE(8);
      const header = JSON.parse(bytes.toString('utf8', 12, 12 + length)) as Record<string, unknown>;
      edit(header);
      const text = Buffer.from(JSON.stringify(header));
      const size = Buffer.alloc(4);
      size.writeUInt32LE(text.length);
      return sealed(Buffer.concat([bytes.subarray(0, 8), size, text, bytes.subarray(12 + length, -32)]));
    };
    const tensors = (shape: number[]) => [{ path: 'a', shape }];
    const cases: [(header: Record<string, unknown>) => void, string][] = [
      [(h) => (h['tensors'] = tensors([2 ** 40, 2 ** 40])), 'more numbers than the file holds'],
      [(h) => (h['tensors'] = tensors([1])), 'more numbers than the header promises'],
      [(h) => (h['tensors'] = tensors([-1])), "'tensors.0.shape.0'"],
      [(h) => (h['tensors'] = [...tensors([1]), ...tensors([1])]), 'twice'],
      [(h) => (h['format'] = 2), "'format'"],
      [(h) => delete h['optimizer'], "'optimizer'"],
    ];
    for (const [edit, sentence] of cases)
      expect(() => decodeCheckpoint(forged(edit), 'file')).to.throw(FileError, sentence);
    expect(
      decodeCheckpoint(
        forged(() => undefined),
        'file',
      ).step,
    ).to.equal(3);
  });

  it('finds the first place where two configurations differ', () => {
    const config = { model: { width: 8, heads: [1, 2] }, seed: 1 };
    expect(firstDifference(config, structuredClone(config))).to.equal(undefined);
    expect(firstDifference(config, { ...config, model: { width: 9, heads: [1, 2] } })).to.deep.equal({
      path: 'model.width',
      left: 8,
      right: 9,
    });
    expect(firstDifference(config, { ...config, extra: 0 })?.path).to.equal('extra');
    expect(firstDifference(undefined, null)).to.equal(undefined);
    expect(firstDifference(config, undefined)?.path).to.equal('');
  });

  it('hashes a configuration whatever the order of its names', () => {
    expect(hashOf({ a: 1, b: [{ c: 2, d: 3 }] })).to.equal(hashOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(hashOf({ a: 1 })).not.to.equal(hashOf({ a: 2 }));
    expect(hashOf([1, 2])).not.to.equal(hashOf([2, 1]));
  });
});

describe('train/checkpointFolder', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => folder.remove());

  it('keeps the latest and the one before, and no other file', () => {
    const directory = folder.at('deep/run');
    expect(loadCheckpoint(directory)).to.equal(undefined);
    for (const step of [1, 2, 3]) saveCheckpoint(directory, sample(step));
    expect(fs.readdirSync(directory).sort()).to.deep.equal(['latest.ckpt', 'previous.ckpt']);
    expect(loadCheckpoint(directory)?.checkpoint.step).to.equal(3);
    expect(readCheckpoint(`${directory}/previous.ckpt`).step).to.equal(2);
  });

  it('falls back to the one before when the latest is damaged or missing, and says so', () => {
    for (const step of [1, 2]) saveCheckpoint(folder.at('run'), sample(step));
    fs.truncateSync(folder.at('run/latest.ckpt'), 100);
    const found = loadCheckpoint(folder.at('run'));
    expect([found?.checkpoint.step, found?.skipped]).to.deep.equal([
      1,
      `${folder.at('run/latest.ckpt')}: the checkpoint is damaged or cut short: its checksum does not match`,
    ]);
    fs.rmSync(folder.at('run/latest.ckpt'));
    expect(loadCheckpoint(folder.at('run'))?.checkpoint.step).to.equal(1);
    fs.writeFileSync(folder.at('run/previous.ckpt'), 'something else');
    expect(() => loadCheckpoint(folder.at('run'))).to.throw(FileError, 'does not begin like one');
  });

  it('is not disturbed by what a killed process left half-written', () => {
    saveCheckpoint(folder.at('run'), sample(1));
    fs.writeFileSync(folder.at('run/unfinished.tmp'), encodeCheckpoint(sample(2)).subarray(0, 50));
    expect(loadCheckpoint(folder.at('run'))?.checkpoint.step).to.equal(1);
    saveCheckpoint(folder.at('run'), sample(2));
    expect(fs.readdirSync(folder.at('run')).sort()).to.deep.equal(['latest.ckpt', 'previous.ckpt']);
  });

  it('says in one sentence what it cannot read or write', () => {
    fs.writeFileSync(folder.at('file'), '');
    expect(() => saveCheckpoint(folder.at('file'), sample())).to.throw(FileError, 'saveCheckpoint');
    expect(() => readCheckpoint(folder.at('nothing.ckpt'))).to.throw(FileError, 'cannot be read');
  });
});

/** Puts the checksum behind bytes that had it cut off. */
function sealed(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

import { expect } from 'chai';
import { attentions } from '../../src/attention';
import {
  attentionMap,
  maxDifference,
  runRecurrent,
  sampleInputs,
  sliceTime,
} from '../../src/attention/forms';
import type { AnyAttention, Inputs } from '../../src/attention/variant';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';
import { rows } from './rows';

const variants: [string, AnyAttention][] = Object.entries(attentions);

describe('attention registry', () => {
  it('has a row in the conformance suite for every variant, and no row for anything else', () => {
    expect([...new Set(rows.map(({ variant }) => variant.meta.name))]).to.have.members(
      Object.keys(attentions),
    );
    for (const { variant } of rows) expect(variants.map(([, listed]) => listed)).to.include(variant);
  });

  it('lists each variant under its own name', () => {
    for (const [name, { meta }] of variants) expect(meta.name).to.equal(name);
  });

  for (const [name, variant] of variants) {
    it(`${name}: frozen, with facts that a table can be made from`, () => {
      const { title, equation, cost, cite, differsFromPaper, absent } = variant.meta;
      expect(variant).to.be.frozen;
      for (const text of [title, equation, cost.parallel, cost.step, cost.state, cite.authors, cite.title])
        expect(text).to.be.a('string').that.is.not.empty;
      expect(equation.split('{').length, 'braces').to.equal(equation.split('}').length);
      expect(cite.year).to.be.within(2014, 2026);
      expect(new URL(cite.url).protocol).to.equal('https:');
      for (const sentence of differsFromPaper) expect(sentence).to.match(/\.$/);
      // a form is there, or the reason why it cannot be, never both
      expect(variant.recurrent === undefined, 'recurrent').to.equal(absent?.recurrent !== undefined);
      expect(variant.chunkwise === undefined, 'chunkwise').to.equal(absent?.chunkwise !== undefined);
    });
  }
});

describe('forms generic over variants', () => {
  for (const row of rows) {
    it(`${row.title}: leave nothing behind but what they return`, () => {
      const { variant, config } = row;
      const before = tf.memory().numTensors;
      const inputs = sampleInputs(variant, config, { batch: 2, time: 5, seed: 1 }) as Inputs;
      const held = Object.keys(inputs).length;
      expect(tf.memory().numTensors - before, 'sampleInputs').to.equal(held);
      const map = attentionMap(variant, inputs);
      expect(tf.memory().numTensors - before, 'attentionMap').to.equal(held + 1);
      expect(maxDifference(map, map)).to.equal(0);
      expect(tf.memory().numTensors - before, 'maxDifference').to.equal(held + 1);
      if (variant.recurrent) {
        const { o, state } = runRecurrent(variant, inputs);
        const kept = new Set(Object.values(state as object)).size + 1;
        expect(tf.memory().numTensors - before, 'runRecurrent').to.equal(held + 1 + kept);
        o.dispose();
        disposeTree(state);
      }
      map.dispose();
      disposeTree(inputs);
      expect(tf.memory().numTensors - before).to.equal(0);
    });

    it(`${row.title}: sample the same inputs under a seed`, () => {
      tf.tidy(() => {
        const [a, b, c] = [3, 3, 4].map(
          (seed) => sampleInputs(row.variant, row.config, { batch: 1, time: 5, seed }) as Inputs,
        ) as [Inputs, Inputs, Inputs];
        expect(maxDifference(a.v, b.v)).to.equal(0);
        expect(maxDifference(a.v, c.v)).to.be.above(0.1);
      });
    });
  }

  it('runRecurrent says why a variant has no recurrent form', () => {
    const [, variant] = variants.find(([, { recurrent }]) => recurrent === undefined) as [
      string,
      AnyAttention,
    ];
    const v = tf.zeros<tf.Rank.R4>([1, 1, 1, 1]);
    expect(() => runRecurrent(variant, { v })).to.throw(ConfigError, variant.meta.absent?.recurrent);
    v.dispose();
  });

  it('maxDifference finds the largest one, reports NaN and rejects other shapes', () => {
    tf.tidy(() => {
      expect(maxDifference(tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 2.5, 2]))).to.equal(1);
      expect(maxDifference(tf.tensor1d([1, NaN, 3]), tf.tensor1d([1, 2, 9]))).to.be.NaN;
      expect(() => maxDifference(tf.zeros([2, 3]), tf.zeros([3, 2]))).to.throw(ShapeError, "'b'");
    });
  });

  it('sliceTime cuts what has a time axis and shares the rest', () => {
    tf.tidy(() => {
      const inputs = {
        v: tf.zeros<tf.Rank.R4>([2, 3, 7, 5]),
        gate: tf.zeros([2, 3, 7]),
        kernel: tf.zeros([3, 4]),
      };
      const cut = sliceTime(inputs, 2, 4);
      expect(cut.v.shape).to.deep.equal([2, 3, 4, 5]);
      expect(cut.gate.shape).to.deep.equal([2, 3, 4]);
      expect(cut.kernel).to.equal(inputs.kernel);
    });
  });
});

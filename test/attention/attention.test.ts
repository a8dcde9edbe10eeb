import { expect } from 'chai';
import fc from 'fast-check';
import { attentionMap } from '../../src/attention/forms';
import type { Inputs } from '../../src/attention/variant';
import { ShapeError, ConfigError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';
import { rows } from './rows';
import {
  cancelled,
  numbers,
  referenceGradient,
  referenceOutput,
  relativeError,
  differentiable,
} from './support/reference';
import { allForms, inputGradients, otherForms, sampleMix, withMix } from './support/samples';

/**
 * Token counts for every row. T = V too: with equal trailing axes a transposed gradient keeps its shape, so only its values betray it.
 */
const times = [1, 7, 33, 'V'] as const;

/** Block lengths, among which some divide T and some do not. */
const chunksFor = ({ v }: Inputs): number[] => [1, 4, v.shape[2]];

for (const row of rows) {
  const { variant, tolerance } = row;

  describe(`attention: ${row.title}`, () => {
    for (const time of times) {
      it(`T = ${time}: every form equals plain float64 loops`, () => {
        withMix(row, { time }, (inputs) => {
          const expected = referenceOutput(row, numbers(inputs));
          for (const { title, run } of allForms(row, chunksFor(inputs))) {
            const o = run(inputs);
            expect(o.shape, title).to.deep.equal(inputs.v.shape);
            expect(relativeError(o.dataSync(), expected), title).to.be.below(tolerance);
          }
        });
      });

      it(`T = ${time}: gradients of every input agree between the forms`, () => {
        withMix(row, { time }, (inputs) => {
          const weights = randomNormal(inputs.v.shape, 0, 1, 5);
          const expected = inputGradients(variant.parallel, inputs, weights);
          // one token attends to itself whatever the logits: their gradients are 0, by cancellation
          const floor = time === 1 ? cancelled : undefined;
          for (const { title, run } of otherForms(row, chunksFor(inputs))) {
            for (const [name, gradient] of inputGradients(run, inputs, weights)) {
              const error = relativeError(gradient, expected.get(name) as Float32Array, floor);
              expect(error, `${title}, d/d${name}`).to.be.below(tolerance);
            }
          }
        });
      });
    }

    for (const time of [5, 'V'] as const) {
      it(`T = ${time}: gradients of every input equal finite differences of the loops`, () => {
        withMix(row, { time, seed: 2 }, (inputs) => {
          const weights = randomNormal(inputs.v.shape, 0, 1, 6);
          const expected = referenceGradient(row, numbers(inputs), Float64Array.from(weights.dataSync()));
          const actual = inputGradients(variant.parallel, inputs, weights);
          expect([...actual.keys()]).to.deep.equal(differentiable(inputs));
          for (const [name, gradient] of actual) {
            const error = relativeError(gradient, expected.get(name) as Float64Array);
            expect(error, `d/d${name}`).to.be.below(tolerance);
          }
        });
      });
    }

    it('is linear in v: its attention map times v is its output', () => {
      withMix(row, { time: 7 }, (inputs) => {
        const map = attentionMap(variant, inputs);
        const [B, H, T] = inputs.v.shape;
        expect(map.shape).to.deep.equal([B, H, T, T]);
        const product = tf.matMul(map, inputs.v).dataSync();
        expect(relativeError(product, variant.parallel(inputs).dataSync())).to.be.below(tolerance);
      });
    });

    it(`reads ${variant.meta.causal ? 'no later token: the map is' : 'later tokens: the map is not'} 0 above the diagonal`, () => {
      withMix(row, { time: 7 }, (inputs) => {
        const map = attentionMap(variant, inputs).dataSync();
        let above = 0;
        for (let i = 0; i < map.length; i++) {
          const [query, key] = [Math.floor(i / 7) % 7, i % 7];
          if (key > query) above = Math.max(above, Math.abs(map[i] as number));
        }
        if (variant.meta.causal) expect(above).to.equal(0);
        else expect(above).to.be.above(1e-3);
      });
    });

    it('stays finite for inputs fifty times as large, gradients too', () => {
      withMix(row, { time: 7 }, (inputs) => {
        const large: Inputs = { ...inputs };
        const names = differentiable(inputs);
        Object.assign(
          large,
          Object.fromEntries(names.map((name) => [name, tf.mul(inputs[name] as tf.Tensor, 50)])),
        );
        const weights = randomNormal(inputs.v.shape, 0, 1, 7);
        for (const { title, run } of allForms(row, [4])) {
          expect(run(large).dataSync().every(Number.isFinite), title).to.be.true;
          for (const [name, gradient] of inputGradients(run, large, weights))
            expect(gradient.every(Number.isFinite), `${title}, d/d${name}`).to.be.true;
        }
      });
    });

    it('agrees between its forms for any batch, length and chunk', () => {
      const shapes = fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        time: fc.integer({ min: 1, max: 12 }),
        chunk: fc.integer({ min: 1, max: 14 }),
        seed: fc.integer(),
      });
      fc.assert(
        fc.property(shapes, ({ batch, time, chunk, seed }) =>
          withMix(row, { batch, time, seed }, (inputs) => {
            const expected = variant.parallel(inputs).dataSync();
            for (const { title, run } of otherForms(row, [chunk]))
              expect(relativeError(run(inputs).dataSync(), expected), title).to.be.below(tolerance);
          }),
        ),
        { numRuns: 8, seed: 20 },
      );
    });

    it('names the argument when a shape or a chunk is wrong', () => {
      withMix(row, { time: 7 }, (inputs) => {
        const flat = tf.reshape(inputs.v, [-1]) as unknown as Inputs['v'];
        for (const { run } of allForms(row, [4]).filter(({ title }) => title !== 'recurrent'))
          expect(() => run({ ...inputs, v: flat })).to.throw(ShapeError, /'v'/);
        if (variant.chunkwise) {
          for (const chunk of [0, 1.5, NaN])
            expect(() => variant.chunkwise?.(inputs, chunk)).to.throw(ConfigError, /'chunk'/);
        }
      });
    });

    it('leaves nothing behind in a tidy, forward or backward', () => {
      const inputs = sampleMix(row, { time: 7 });
      const weights = randomNormal(inputs.v.shape, 0, 1, 8);
      for (const { title, run } of allForms(row, [3])) {
        inputGradients(run, inputs, weights);
        const before = tf.memory().numTensors;
        const o = tf.tidy(() => run(inputs));
        expect(tf.memory().numTensors - before, title).to.equal(1);
        o.dispose();
        inputGradients(run, inputs, weights);
        expect(tf.memory().numTensors - before, `${title}, gradients`).to.equal(0);
      }
      disposeTree({ ...inputs, weights });
    });
  });
}

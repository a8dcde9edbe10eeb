import { expect } from 'chai';
import { ConfigError, DivergedError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { leaves } from '../../src/core/tree';
import type { Batch, BatchSource } from '../../src/data/batches';
import type { Trainable } from '../../src/model/trainable';
import { stepper } from '../../src/train/stepper';
import { allWeights, tinyData, tinyModel } from './tiny';

/** The same batches one after another, and as one batch with all their rows. */
function inPieces(pieces: number): { small: BatchSource; big: BatchSource } {
  const source = tinyData({ batch: 2 });
  const batches = Array.from({ length: pieces }, () => source.next());
  // unequal counts per piece: a mean of means would be wrong
  batches.forEach(({ targets }, i) => targets.fill(-1, 0, 2 * i));
  const joined: Batch = {
    inputs: Int32Array.from(batches.flatMap(({ inputs }) => [...inputs])),
    targets: Int32Array.from(batches.flatMap(({ targets }) => [...targets])),
    batch: 2 * pieces,
    time: 5,
  };
  let next = 0;
  const fixed = (make: () => Batch): BatchSource => ({
    ...source,
    state: null,
    restore: () => undefined,
    next: make,
  });
  return { small: fixed(() => batches[next++ % pieces] as Batch), big: fixed(() => joined) };
}

describe('train/stepper', () => {
  it('gives the same numbers in four calls as in one', () => {
    const [a, b] = [tinyModel(7, 3, 1), tinyModel(7, 3, 1)];
    const options = { learningRate: 0.01, clip: 0.5 };
    const [apart, whole] = [stepper(a, tinyData(), options), stepper(b, tinyData(), options)];
    for (let i = 0; i < 3; i++) {
      const [logits] = apart.forward();
      expect(logits?.shape).to.deep.equal([4, 5, 7]);
      const loss = apart.loss();
      apart.gradients();
      const result = apart.update();
      expect(result.loss).to.equal(loss);
      expect(result).to.deep.equal(whole.step());
      expect(apart.steps).to.equal(i + 1);
    }
    expect(allWeights(a)).to.deep.equal(allWeights(b));
    a.dispose();
    b.dispose();
  });

  it('shows the gradient that finite differences of its loss find', () => {
    const model = tinyModel(7, 3, 2);
    const data = tinyData();
    const s = stepper(model, data, { learningRate: 1 });
    const gradients = new Map(leaves(s.gradients()));
    const [batch] = s.batches() as [Batch];
    const lossNow = () => {
      // float64 forward pass of the tiny model in plain loops
      const read = (path: string) => (new Map(leaves(model.parameters)).get(path) as tf.Variable).dataSync();
      const [E, W, bias] = [read('embedding'), read('head.readout'), read('head.bias')];
      let sum = 0;
      batch.inputs.forEach((id, row) => {
        const hidden = [0, 1, 2].map((d) => Math.tanh(E[id * 3 + d] as number));
        const logits = Array.from(bias, (x, o) =>
          hidden.reduce((total, h, d) => total + h * (W[d * 7 + o] as number), x),
        );
        const mass = logits.reduce((total, x) => total + Math.exp(x), 0);
        sum += Math.log(mass) - (logits[batch.targets[row] as number] as number);
      });
      return sum / batch.inputs.length;
    };
    expect(s.loss()).to.be.closeTo(lossNow(), 1e-6);
    for (const [path, variable] of leaves(model.parameters)) {
      for (const index of [0, 2, variable.size - 1]) {
        const start = variable.dataSync().slice();
        const at = (by: number) => {
          const moved = start.slice();
          moved[index] = (start[index] as number) + by;
          tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
          return lossNow();
        };
        const slope = (at(0.01) - at(-0.01)) / 0.02;
        at(0);
        expect(gradients.get(path)?.[index]).to.be.closeTo(slope, 1e-5, `${path}[${index}]`);
      }
    }
    s.dispose();
    model.dispose();
  });

  it('adds up batches to the gradient of one batch as large as all of them', () => {
    const { small, big } = inPieces(3);
    const [a, b] = [tinyModel(7, 3, 3), tinyModel(7, 3, 3)];
    const pieces = stepper(a, small, { learningRate: 0.01, accumulate: 3 });
    const one = stepper(b, big, { learningRate: 0.01 });
    for (let i = 0; i < 5; i++) {
      expect(pieces.loss()).to.be.closeTo(one.loss(), 1e-6);
      const expected = new Map(leaves(one.gradients()));
      for (const [path, gradient] of leaves(pieces.gradients()))
        gradient.forEach((g, j) => expect(g).to.be.closeTo(expected.get(path)?.[j] as number, 1e-7));
      expect(pieces.update().gradientNorm).to.be.closeTo(one.update().gradientNorm, 1e-6);
    }
    a.dispose();
    b.dispose();
  });

  it('rewinds to the same weights, data and optimizer: the replay is equal to the last digit', () => {
    const model = tinyModel(7, 3, 4);
    const s = stepper(model, tinyData(), { learningRate: 0.05, optimizer: { name: 'adamw' }, accumulate: 2 });
    const start = allWeights(model);
    const play = () => Array.from({ length: 6 }, () => s.step());
    const [first, end] = [play(), allWeights(model)];
    expect(end).not.to.deep.equal(start);
    s.forward(); // a step left half done
    s.rewind();
    expect(s.steps).to.equal(0);
    expect(allWeights(model)).to.deep.equal(start);
    expect(play()).to.deep.equal(first);
    expect(allWeights(model)).to.deep.equal(end);
    model.dispose();
  });

  it('rewinds to where the data stood when the stepper was made', () => {
    const model = tinyModel(7, 3, 4);
    const data = tinyData();
    data.next();
    const s = stepper(model, data, { learningRate: 0.05 });
    const first = [...(s.batches()[0] as Batch).inputs];
    s.step();
    s.rewind();
    expect([...(s.batches()[0] as Batch).inputs]).to.deep.equal(first);
    s.dispose();
    model.dispose();
  });

  it('leaves a parameter alone that the loss does not see, and one that is not trainable', () => {
    const inner = tinyModel(7, 3, 5);
    const [unused, frozen] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3), false)];
    const model: Trainable = {
      ...inner,
      parameters: { ...inner.parameters, unused, frozen },
      apply: (ids) => tf.tidy(() => tf.mul(inner.apply(ids), tf.div(frozen, 3))),
    };
    const s = stepper(model, tinyData(), { learningRate: 0.1, optimizer: { name: 'adamw', decays: 'all' } });
    expect(s.optimizer.decaying).not.to.include('frozen');
    expect([...(s.gradients() as { unused: Float32Array }).unused]).to.deep.equal([0]);
    s.step();
    expect(unused.dataSync()[0]).to.be.closeTo(2 * (1 - 0.1 * 0.01), 1e-6);
    expect(frozen.dataSync()[0]).to.equal(3);
    tf.dispose([unused, frozen]);
    inner.dispose();
  });

  it('stops with one sentence, weights untouched, when the loss is not finite', () => {
    const inner = tinyModel(7, 3, 6);
    const model: Trainable = { ...inner, apply: (ids) => tf.tidy(() => tf.mul(inner.apply(ids), NaN)) };
    const s = stepper(model, tinyData(), { learningRate: 0.1 });
    const before = allWeights(inner);
    expect(() => s.step()).to.throw(DivergedError, 'got NaN and norm NaN at step 1');
    expect(allWeights(inner)).to.deep.equal(before);
    expect(s.steps).to.equal(0);
    inner.dispose();
  });

  it('keeps the number of tensors level, and frees a half-done step', () => {
    const model = tinyModel(7, 3, 7);
    const before = tf.memory().numTensors;
    const s = stepper(model, tinyData(), { learningRate: 0.1, accumulate: 2 });
    for (let i = 0; i < 3; i++) {
      s.forward();
      s.loss();
      s.step();
    }
    s.forward();
    s.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });

  it('refuses options and data that do not fit', () => {
    const model = tinyModel(7, 3, 8);
    const make =
      (options: object, data = tinyData()) =>
      () =>
        stepper(model, data, { learningRate: 0.1, ...options });
    expect(make({ accumulate: 0 })).to.throw(ConfigError, "stepper: argument 'accumulate'");
    expect(make({ clip: 0 })).to.throw(ConfigError, "stepper: argument 'clip'");
    expect(make({ learningRate: -1 })).to.throw(ConfigError, 'rate');
    expect(make({}, tinyData({ vocabulary: 5 }))).to.throw(ConfigError, "the model's vocabulary (7)");
    model.dispose();
  });
});

import { expect } from 'chai';
import { ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import type { BHT } from '../../src/core/tf';
import {
  emptyPrefix,
  prefixSoftmax,
  prefixSoftmaxChunkwise,
  prefixSoftmaxParallel,
  prefixSoftmaxStep,
} from '../../src/ops/softmaxScan';
import type { PrefixInputs, PrefixState } from '../../src/ops/softmaxScan';
import { expectClose } from '../support/compare';
import { checkOp, randomArray } from '../support/finiteDifferences';
import type { Array64, Tensors } from '../support/finiteDifferences';

interface Sizes {
  B: number;
  H: number;
  T: number;
  V: number;
}

/** The definition in plain float64 loops, one softmax per prefix: [mean, logMass]. */
function oracle({ B, H, T, V }: Sizes, x: Record<string, Float64Array>): [Float64Array, Float64Array] {
  const { logits = [], v = [], mass, before } = x;
  const mean = new Float64Array(B * H * T * V);
  const logMass = new Float64Array(B * H * T);
  for (let h = 0; h < B * H; h++)
    for (let t = 0; t < T; t++) {
      const scores = [mass?.[h] ?? -Infinity];
      for (let s = 0; s <= t; s++) scores.push(logits[h * T + s] ?? NaN);
      const top = Math.max(...scores);
      const parts = scores.map((score) => Math.exp(score - top));
      const sum = parts.reduce((a, b) => a + b, 0);
      logMass[h * T + t] = top + Math.log(sum);
      for (let c = 0; c < V; c++) {
        let value = ((parts[0] ?? 0) * (before?.[h * V + c] ?? 0)) / sum;
        for (let s = 0; s <= t; s++) value += ((parts[s + 1] ?? 0) * (v[(h * T + s) * V + c] ?? NaN)) / sum;
        mean[(h * T + t) * V + c] = value;
      }
    }
  return [mean, logMass];
}

function given(x: Tensors): { inputs: PrefixInputs; state?: PrefixState } {
  const { logits, v, mass, before } = x;
  if (!logits || !v) throw new Error('logits and v are needed');
  const inputs = { logits: logits as tf.Tensor3D, v: v as tf.Tensor4D };
  return mass && before
    ? { inputs, state: { logMass: mass as tf.Tensor2D, mean: before as tf.Tensor3D } }
    : { inputs };
}

function stepwise(x: Tensors): tf.Tensor[] {
  const { inputs, state } = given(x);
  const [B, H, T, V] = inputs.v.shape;
  let carried = state ?? emptyPrefix(B, H, V);
  const means: tf.Tensor4D[] = [];
  const masses: tf.Tensor3D[] = [];
  for (let t = 0; t < T; t++) {
    const [next, { mean, logMass }] = prefixSoftmaxStep(carried, {
      logits: tf.slice(inputs.logits, [0, 0, t], [B, H, 1]),
      v: tf.slice(inputs.v, [0, 0, t, 0], [B, H, 1, V]),
    });
    carried = next;
    means.push(mean);
    masses.push(logMass);
  }
  return [tf.concat(means, 2), tf.concat(masses, 2)];
}

const pair = ({ mean, logMass }: { mean: tf.Tensor; logMass: tf.Tensor }) => [mean, logMass];
const scans = {
  prefixSoftmax: (x: Tensors) =>
    tf.tidy(() =>
      pair(prefixSoftmax(given(x).inputs, given(x).state ? { state: given(x).state as PrefixState } : {})),
    ),
  prefixSoftmaxChunkwise: (x: Tensors) =>
    tf.tidy(() => {
      const { inputs, state } = given(x);
      return pair(prefixSoftmaxChunkwise(inputs, state ? { state, chunk: 5 } : { chunk: 5 }));
    }),
};

const shapes: Sizes[] = [
  { B: 1, H: 1, T: 1, V: 1 },
  { B: 2, H: 2, T: 1, V: 3 },
  { B: 2, H: 2, T: 7, V: 5 },
  { B: 1, H: 2, T: 33, V: 4 },
  { B: 1, H: 1, T: 70, V: 2 },
];

describe('prefixSoftmax', () => {
  for (const sizes of shapes) {
    const { B, H, T, V } = sizes;
    const inputs = { logits: randomArray([B, H, T], 1, 2), v: randomArray([B, H, T, V], 2) };
    const state = { mass: randomArray([B, H], 3), before: randomArray([B, H, V], 4) };
    it(`equals the loops in both outputs and every gradient: ${JSON.stringify(sizes)}`, () => {
      for (const extra of [{}, state])
        checkOp({
          what: JSON.stringify(sizes),
          inputs: { ...inputs, ...extra },
          oracle: (x) => oracle(sizes, x),
          forms: { ...scans, prefixSoftmaxStep: (x) => tf.tidy(() => stepwise(x)) },
        });
      checkOp({
        what: JSON.stringify(sizes),
        inputs,
        oracle: (x) => oracle(sizes, x),
        forms: { prefixSoftmaxParallel: (x) => tf.tidy(() => pair(prefixSoftmaxParallel(given(x).inputs))) },
      });
    });
  }

  for (const [name, shift] of Object.entries({ 'of any size': 0, 'around 1e4': 1e4 }))
    it(`hands its masses from segment to segment of blocks, logits ${name}`, () => {
      // 131 tokens: three segments of 64 blocks of one token, two of blocks of two
      const sizes = { B: 1, H: 1, T: 131, V: 2 };
      const chunked = (chunk: number) => (x: Tensors) =>
        tf.tidy(() => {
          const { inputs, state } = given(x);
          return pair(prefixSoftmaxChunkwise(inputs, state ? { state, chunk } : { chunk }));
        });
      const inputs = { logits: randomArray([1, 1, 131], 1, 2, shift), v: randomArray([1, 1, 131, 2], 2) };
      const state = { mass: randomArray([1, 1], 3, 1, shift), before: randomArray([1, 1, 2], 4) };
      for (const extra of [{}, state])
        checkOp({
          what: name,
          inputs: { ...inputs, ...extra },
          oracle: (x) => oracle(sizes, x),
          forms: { 'chunk 1': chunked(1), 'chunk 2': chunked(2) },
        });
    });

  const orders: Record<string, (t: number) => number> = {
    rising: (t) => -1e4 + 500 * t,
    falling: (t) => 1e4 - 500 * t,
    'level at 1e4': (t) => 1e4 + (t % 3),
    'level at -1e4': (t) => -1e4 + (t % 3),
    alternating: (t) => (t % 2 ? 1e4 : -1e4),
  };
  for (const [name, logit] of Object.entries(orders))
    it(`keeps weights and gradients exact for logits ${name}`, () => {
      const sizes = { B: 1, H: 1, T: 40, V: 3 };
      const logits: Array64 = {
        shape: [1, 1, 40],
        values: Float64Array.from({ length: 40 }, (_, t) => logit(t)),
      };
      checkOp({
        what: name,
        inputs: { logits, v: randomArray([1, 1, 40, 3], 2) },
        oracle: (x) => oracle(sizes, x),
        forms: scans,
      });
    });

  it('returns the state after the last token, from which the next part goes on', () => {
    tf.tidy(() => {
      const logits = randomNormal<tf.Rank.R3>([2, 2, 70], 0, 3, 1);
      const v = randomNormal<tf.Rank.R4>([2, 2, 70, 5], 0, 1, 2);
      const whole = prefixSoftmax({ logits, v });
      const part = (from: number, size: number) => ({
        logits: tf.slice(logits, [0, 0, from], [2, 2, size]),
        v: tf.slice(v, [0, 0, from, 0], [2, 2, size, 5]),
      });
      const first = prefixSoftmax(part(0, 29));
      const second = prefixSoftmax(part(29, 41), { state: first.state });
      expectClose(tf.concat([first.mean, second.mean], 2), whole.mean, 2e-6, 'means');
      expectClose(tf.concat([first.logMass, second.logMass], 2), whole.logMass, 2e-6, 'log masses');
      expectClose(second.state.mean, whole.state.mean, 2e-6, 'last mean');
      expectClose(second.state.logMass, whole.state.logMass, 2e-6, 'last log mass');
    });
  });

  it('gives the gradients of its composition at sizes of use', () => {
    tf.tidy(() => {
      const logits = randomNormal([2, 3, 300], 0, 3, 1);
      const v = randomNormal([2, 3, 300, 64], 0, 1, 2);
      const w = randomNormal([2, 3, 300, 64], 0, 1, 3);
      const loss =
        (scan: typeof prefixSoftmaxParallel) =>
        (...[logits, v]: tf.Tensor[]) => {
          const { mean, logMass } = scan({ logits: logits as BHT, v: v as tf.Tensor4D });
          return tf.add<tf.Scalar>(tf.sum(tf.mul(mean, w)), tf.sum(tf.square(logMass)));
        };
      const expected = tf.grads(loss(prefixSoftmaxParallel))([logits, v]);
      for (const scan of [prefixSoftmax, prefixSoftmaxChunkwise])
        tf.grads(loss(scan))([logits, v]).forEach((x, i) =>
          expectClose(x, expected[i] ?? [], 2e-5, `gradient ${i} of ${scan.name}`),
        );
    });
  });

  it('does not hide a NaN', () => {
    tf.tidy(() => {
      const logits = tf.tensor3d(
        Array.from({ length: 90 }, (_, t) => (t === 70 ? NaN : 0)),
        [1, 1, 90],
      );
      const mean = prefixSoftmax({ logits, v: tf.ones([1, 1, 90, 2]) }).mean.arraySync()[0]?.[0];
      expect(mean?.slice(70).every((row) => row.every(Number.isNaN))).to.equal(true);
    });
  });

  it('refuses disagreeing shapes, integers and empty sequences', () => {
    tf.tidy(() => {
      const v = tf.ones<tf.Rank.R4>([1, 2, 3, 4]);
      expect(() => prefixSoftmax({ logits: tf.ones([1, 2, 4]), v })).to.throw(ShapeError, "argument 'v'");
      expect(() => prefixSoftmax({ logits: tf.ones([1, 2, 3], 'int32'), v })).to.throw(ShapeError, 'float32');
      expect(() => prefixSoftmax({ logits: tf.ones([1, 2, 0]), v: tf.ones([1, 2, 0, 4]) })).to.throw(
        ShapeError,
        'token',
      );
      const state = { logMass: tf.ones<tf.Rank.R2>([1, 2]), mean: tf.ones<tf.Rank.R3>([1, 2, 5]) };
      expect(() => prefixSoftmax({ logits: tf.ones([1, 2, 3]), v }, { state })).to.throw(ShapeError, 'mean');
      expect(() => prefixSoftmax({ logits: tf.ones([1, 2, 3]), v }, { chunk: -1 })).to.throw('chunk');
    });
  });
});

import { expect } from 'chai';
import { ShapeError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import {
  linearScan,
  linearScanChunkwise,
  linearScanParallel,
  linearScanStep,
} from '../../src/ops/linearScan';
import type { LinearScanInputs, LinearScanOptions } from '../../src/ops/linearScan';
import { expectClose } from '../support/compare';
import { checkOp, randomArray } from '../support/finiteDifferences';
import type { Array64, Tensors } from '../support/finiteDifferences';

interface Sizes {
  B: number;
  H: number;
  T: number;
  K: number;
  V: number;
}

/** The recurrence in plain float64 loops: [o, last state]. */
function oracle({ B, H, T, K, V }: Sizes, x: Record<string, Float64Array>): Float64Array[] {
  const { q = [], k = [], v = [], logDecay, state: first } = x;
  const o = new Float64Array(B * H * T * V);
  const last = new Float64Array(B * H * K * V);
  for (let h = 0; h < B * H; h++) {
    const S = Float64Array.from({ length: K * V }, (_, i) => first?.[h * K * V + i] ?? 0);
    for (let t = h * T; t < (h + 1) * T; t++) {
      const decay = Math.exp(logDecay?.[t] ?? 0);
      for (let a = 0; a < K; a++)
        for (let c = 0; c < V; c++) {
          const next = decay * (S[a * V + c] ?? 0) + (k[t * K + a] ?? 0) * (v[t * V + c] ?? 0);
          S[a * V + c] = next;
          o[t * V + c] = (o[t * V + c] ?? 0) + (q[t * K + a] ?? 0) * next;
        }
    }
    last.set(S, h * K * V);
  }
  return [o, last];
}

function inputs({ B, H, T, K, V }: Sizes, decayed: boolean, stateful: boolean): Record<string, Array64> {
  const arrays: Record<string, Array64> = {
    q: randomArray([B, H, T, K], 1),
    k: randomArray([B, H, T, K], 2),
    v: randomArray([B, H, T, V], 3),
  };
  if (decayed) {
    const g = randomArray([B, H, T], 4);
    arrays['logDecay'] = { ...g, values: g.values.map((x) => -Math.abs(x)) };
  }
  if (stateful) arrays['state'] = randomArray([B, H, K, V], 5);
  return arrays;
}

function given(x: Tensors): [LinearScanInputs, LinearScanOptions] {
  const { q, k, v, logDecay, state } = x as Record<string, tf.Tensor4D>;
  if (!q || !k || !v) throw new Error('q, k and v are needed');
  const scan: LinearScanInputs = { q, k, v };
  if (logDecay)
    scan.logDecay = tf.reshape<tf.Rank.R3>(logDecay, logDecay.shape.slice(0, 3) as [number, number, number]);
  return [scan, state ? { state } : {}];
}

function stepwise([x, { state }]: [LinearScanInputs, LinearScanOptions]): tf.Tensor[] {
  const [B, H, T, K] = x.q.shape;
  const V = x.v.shape[3];
  let S: tf.Tensor4D = state ?? tf.zeros([B, H, K, V]);
  const outputs: tf.Tensor4D[] = [];
  for (let t = 0; t < T; t++) {
    const token: LinearScanInputs = {
      q: tf.slice(x.q, [0, 0, t, 0], [B, H, 1, K]),
      k: tf.slice(x.k, [0, 0, t, 0], [B, H, 1, K]),
      v: tf.slice(x.v, [0, 0, t, 0], [B, H, 1, V]),
    };
    if (x.logDecay) token.logDecay = tf.slice(x.logDecay, [0, 0, t], [B, H, 1]);
    const [next, o] = linearScanStep(S, token);
    S = next;
    outputs.push(o);
  }
  return [tf.concat(outputs, 2), S];
}

const shapes: Sizes[] = [
  { B: 1, H: 1, T: 1, K: 1, V: 1 },
  { B: 2, H: 2, T: 1, K: 3, V: 5 },
  { B: 2, H: 1, T: 7, K: 8, V: 8 },
  { B: 1, H: 2, T: 33, K: 5, V: 3 },
  { B: 1, H: 1, T: 16, K: 16, V: 8 },
  { B: 1, H: 1, T: 48, K: 3, V: 10 },
];

describe('linearScan', () => {
  for (const sizes of shapes)
    for (const decayed of [false, true]) {
      it(`equals the loops in outputs, last state and every gradient: ${JSON.stringify(sizes)}${decayed ? ' with decay' : ''}`, () => {
        for (const stateful of [false, true])
          checkOp({
            what: `${JSON.stringify(sizes)}, ${stateful ? 'with a state' : 'from nothing'}`,
            inputs: inputs(sizes, decayed, stateful),
            oracle: (x) => oracle(sizes, x),
            forms: {
              linearScan: (x) => tf.tidy(() => Object.values(linearScan(...given(x)))),
              linearScanChunkwise: (x) =>
                tf.tidy(() => Object.values(linearScanChunkwise(given(x)[0], { ...given(x)[1], chunk: 5 }))),
              linearScanStep: (x) => tf.tidy(() => stepwise(given(x))),
            },
          });
        checkOp({
          what: JSON.stringify(sizes),
          inputs: inputs(sizes, decayed, false),
          oracle: (x) => oracle(sizes, x).slice(0, 1),
          forms: { linearScanParallel: (x) => tf.tidy(() => [linearScanParallel(given(x)[0])]) },
        });
      });
    }

  for (const decayed of [false, true])
    it(`hands its state from segment to segment of blocks${decayed ? ', with decay' : ''}`, () => {
      // 149 tokens: three segments of 64 blocks of one token, two of blocks of two
      const sizes = { B: 1, H: 2, T: 149, K: 2, V: 3 };
      const chunked = (chunk: number) => (x: Tensors) =>
        tf.tidy(() => Object.values(linearScanChunkwise(given(x)[0], { ...given(x)[1], chunk })));
      for (const stateful of [false, true])
        checkOp({
          what: stateful ? 'with a state' : 'from nothing',
          inputs: inputs(sizes, decayed, stateful),
          oracle: (x) => oracle(sizes, x),
          forms: { 'chunk 1': chunked(1), 'chunk 2': chunked(2) },
        });
    });

  it('keeps its precision after a very strong decay', () => {
    const sizes = { B: 1, H: 1, T: 40, K: 4, V: 4 };
    const arrays = inputs(sizes, true, false);
    arrays['logDecay']?.values.fill(-1e4, 3, 6);
    arrays['logDecay']?.values.fill(Math.fround(-1e-3), 6, 40);
    checkOp({
      what: 'strong decay',
      inputs: arrays,
      oracle: (x) => oracle(sizes, x),
      forms: {
        linearScan: (x) => tf.tidy(() => Object.values(linearScan(...given(x)))),
        linearScanChunkwise: (x) => tf.tidy(() => Object.values(linearScanChunkwise(...given(x)))),
      },
    });
  });

  it('gives the same numbers as its composition at sizes of use', () => {
    tf.tidy(() => {
      const draw = (shape: [number, number, number, number], seed: number) =>
        randomNormal<tf.Rank.R4>(shape, 0, 0.3, seed);
      const q = draw([2, 3, 150, 64], 1);
      const k = draw([2, 3, 150, 64], 2);
      const v = draw([2, 3, 150, 32], 3);
      const logDecay = tf.neg(tf.abs(randomNormal<tf.Rank.R3>([2, 3, 150], 0, 0.1, 4)));
      const w = draw([2, 3, 150, 32], 5);
      for (const scan of [linearScan, linearScanChunkwise]) {
        const f = (...[q, k, v, logDecay]: tf.Tensor[]) =>
          tf.sum(tf.mul(scan({ q, k, v, logDecay } as LinearScanInputs & { logDecay: tf.Tensor3D }).o, w));
        const loop = (...[q, k, v, logDecay]: tf.Tensor[]) =>
          tf.sum(tf.mul(linearScanParallel({ q, k, v, logDecay } as Required<LinearScanInputs>), w));
        const [a, b] = [tf.grads(f)([q, k, v, logDecay]), tf.grads(loop)([q, k, v, logDecay])];
        a.forEach((x, i) => expectClose(x, b[i] ?? [], 2e-5, `gradient ${i} of ${scan.name}`));
      }
    });
  });

  it('does not hide a NaN', () => {
    tf.tidy(() => {
      const x = randomNormal<tf.Rank.R4>([1, 1, 40, 8], 0, 1, 1);
      const poisoned = x.bufferSync();
      poisoned.set(NaN, 0, 0, 20, 3);
      const o = linearScan({ q: x, k: poisoned.toTensor(), v: x }).o.arraySync()[0]?.[0];
      expect(o?.slice(20).every((row) => row.every(Number.isNaN))).to.equal(true);
    });
  });

  it('refuses disagreeing shapes, integers and empty sequences', () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 1, 4, 2]);
      expect(() => linearScan({ q: x, k: tf.ones([1, 1, 4, 3]), v: x })).to.throw(ShapeError, "argument 'k'");
      expect(() => linearScan({ q: x, k: x, v: tf.ones([1, 1, 4, 2], 'int32') })).to.throw(
        ShapeError,
        'float32',
      );
      expect(() => linearScan({ q: x, k: x, v: x, logDecay: tf.ones([1, 1, 5]) })).to.throw(
        ShapeError,
        'logDecay',
      );
      expect(() => linearScan({ q: x, k: x, v: x }, { state: tf.ones([1, 1, 3, 2]) })).to.throw(
        ShapeError,
        'state',
      );
      const none = tf.zeros<tf.Rank.R4>([1, 1, 0, 2]);
      expect(() => linearScan({ q: none, k: none, v: none })).to.throw(ShapeError, 'at least one token');
      expect(() => linearScan({ q: x, k: x, v: x }, { chunk: 0 })).to.throw('chunk');
    });
  });
});

import util from 'node:util';
import { expect } from 'chai';
import { tf } from '../../src/core/tf';
import { expectClose } from '../support/compare';
import { randomArray } from '../support/finiteDifferences';

/** Shows one fault: `check` throws where the fault is there. */
export interface RepairCase {
  readonly repair: string;
  readonly what: string;
  readonly check: () => void;
  /** Runs before the repairs are put in place; returns what takes it back. */
  readonly prepare?: () => () => void;
}

function draw(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(Float32Array.from(randomArray(shape, seed).values), shape);
}

/**
 * Compares a gradient with central differences of the float32 forward pass. The functions here are linear, or linear in
 * each single number, between kinks: a large step is exact and keeps rounding small.
 */
function checkGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, step = 0.25): void {
  tf.tidy(() => {
    const weights = draw(f(x).shape, 77);
    const loss = (y: tf.Tensor) => tf.sum(tf.mul(f(y), weights));
    const gradient = tf.grad(loss)(x);
    const values = x.dataSync();
    const numerical = Array.from(values, (_, i) => {
      const at = (moved: number) => {
        const copy = Float32Array.from(values);
        copy[i] = (copy[i] ?? 0) + moved;
        return tf.tidy(() => loss(tf.tensor(copy, x.shape)).dataSync()[0] ?? NaN);
      };
      return (at(step) - at(-step)) / (2 * step);
    });
    expect(gradient.shape, 'shape of the gradient').to.deep.equal(x.shape);
    expectClose(gradient, numerical, 1e-4, 'gradient');
  });
}

function one(repair: string, what: string, check: () => void): RepairCase {
  return { repair, what, check: () => tf.tidy(check) };
}

const ids = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, 'int32');

const products: RepairCase[] = ['wasmMatMul', 'cpuMatMul'].map((repair) =>
  one(repair, 'matMul broadcasts both batches', () => {
    for (const [batchA, batchB] of [
      [
        [2, 1],
        [1, 3],
      ],
      [
        [2, 3],
        [2, 1],
      ],
      [
        [1, 3],
        [2, 1],
      ],
    ] as const) {
      const [a, b] = [draw([...batchA, 4, 5], 1), draw([...batchB, 5, 3], 2)];
      const parts: tf.Tensor[] = [];
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++) {
          const pick = (x: tf.Tensor, batch: readonly number[]) =>
            tf.reshape(
              tf.slice(x, [i % (batch[0] ?? 1), j % (batch[1] ?? 1), 0, 0], [1, 1, -1, -1]),
              x.shape.slice(2),
            );
          parts.push(tf.matMul(pick(a, batchA), pick(b, batchB)));
        }
      expectClose(tf.matMul(a, b), tf.stack(parts), 1e-6, `[${batchA.join()}] x [${batchB.join()}]`);
    }
  }),
);

const fused = one('wasmFusedMatMul', 'fused.matMul, batched and transposed, with bias and activation', () => {
  const [a, b, bias] = [draw([3, 60, 70], 1), draw([3, 50, 70], 2), draw([50], 3)];
  const sum = tf.add(tf.matMul(a, b, false, true), bias);
  const expected = {
    linear: sum,
    relu: tf.relu(sum),
    relu6: tf.relu6(sum),
    elu: tf.elu(sum),
    sigmoid: tf.sigmoid(sum),
    leakyrelu: tf.leakyRelu(sum, 0.3),
    prelu: tf.prelu(sum, bias),
  } as const;
  for (const [activation, values] of Object.entries(expected)) {
    const y = tf.fused.matMul({
      a,
      b,
      transposeB: true,
      bias,
      activation: activation as keyof typeof expected,
      leakyreluAlpha: 0.3,
      preluActivationWeights: bias,
    });
    expectClose(y, values, 2e-6, activation);
  }
});

const missing: RepairCase[] = [
  one('missingWasmKernels', 'gather along any axis trains', () => {
    checkGradient((x) => tf.gather(x, ids([2, 0, 2])), draw([3, 5], 1));
    checkGradient((x) => tf.gather(x, ids([1, 1, 0, 3], [2, 2]), 1), draw([2, 4, 3], 1));
    checkGradient((x) => tf.gather(x, ids([4]), 0), draw([5], 1));
  }),
  one('missingWasmKernels', 'convolutions train', () => {
    const x = draw([2, 6, 3], 2);
    checkGradient((w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same'), draw([2, 3, 4], 1));
    const image = draw([1, 5, 4, 2], 3) as tf.Tensor4D;
    checkGradient((w) => tf.depthwiseConv2d(image, w as tf.Tensor4D, 1, 'valid'), draw([2, 2, 2, 1], 1));
    const filter = draw([2, 2, 2, 1], 4) as tf.Tensor4D;
    checkGradient((y) => tf.depthwiseConv2d(y as tf.Tensor4D, filter, 1, 'valid'), draw([1, 5, 4, 2], 1));
  }),
  one('missingWasmKernels', 'einsum runs', () => {
    const [a, b] = [draw([2, 3, 4], 1), draw([2, 5, 4], 2)];
    expectClose(tf.einsum('bij,bkj->bik', a, b), tf.matMul(a, b, false, true), 1e-6, 'batched product');
    expectClose(tf.einsum('bij->jb', a), tf.transpose(tf.sum(a, 1)), 1e-6, 'sum and transpose');
    expect(tf.einsum('bij,bkj->kbi', a, b).shape).to.deep.equal([5, 2, 3]);
    expect(tf.einsum('ij,k->i', draw([2, 3], 1), draw([4], 2)).shape).to.deep.equal([2]);
  }),
];

const gradients: RepairCase[] = [
  one('matMulGradient', 'one matrix for a whole batch, and the batch for it', () => {
    const [x, w] = [draw([2, 3, 4], 1), draw([4, 5], 2)];
    checkGradient((m) => tf.matMul(x, m), w);
    checkGradient((m) => tf.matMul(x, m, false, true), draw([5, 4], 2));
    checkGradient((m) => tf.matMul(x, m, true), draw([3, 2], 2));
    checkGradient((m) => tf.matMul(m, w), x);
    checkGradient((m) => tf.matMul(m, draw([2, 4, 3], 3)), draw([1, 5, 4], 1));
    checkGradient((m) => tf.matMul(m, draw([2, 3, 4], 3), true, true), draw([4, 5], 1));
  }),
  one('cumsumGradient', 'cumsum along an axis that is not the last, equal lengths', () => {
    for (const exclusive of [false, true])
      for (const reverse of [false, true]) {
        checkGradient((x) => tf.cumsum(x, 0, exclusive, reverse), draw([3, 3], 1));
        checkGradient((x) => tf.cumsum(x, 2, exclusive, reverse), draw([2, 2, 3, 3], 1));
      }
  }),
  one('cumprodGradient', 'cumprod, zeros included', () => {
    const x = tf.tensor([1, 2, 0, -1, 3, 0, 0.5, 1.5, 2], [3, 3]);
    for (const exclusive of [false, true])
      for (const reverse of [false, true])
        for (const axis of [0, 1]) checkGradient((y) => tf.cumprod(y, axis, exclusive, reverse), x);
    checkGradient((y) => tf.cumprod(y, 1, true), draw([2, 1], 1));
  }),
  one('einsumGradient', 'einsum of one and two operands', () => {
    const [a, b] = [draw([2, 3, 4], 1), draw([2, 5, 4], 2)];
    checkGradient((x) => tf.einsum('bij,bkj->bik', x, b), a);
    checkGradient((x) => tf.einsum('bij,bkj->kib', a, x), b);
    checkGradient((x) => tf.einsum('bij,jd->bid', a, x), draw([4, 2], 3));
    checkGradient((x) => tf.einsum('bi,bj->bij', x, draw([2, 3], 3)), draw([2, 4], 4));
    checkGradient((x) => tf.einsum('ij,k->ik', x, draw([3], 3)), draw([2, 4], 4));
    checkGradient((x) => tf.einsum('ij->j', x), draw([2, 4], 4));
  }),
  one('tileGradient', 'tile and broadcastTo of rank 5', () => {
    checkGradient((x) => tf.tile(x, [1, 2, 1, 3, 2]), draw([2, 1, 2, 1, 3], 1));
    checkGradient((x) => tf.broadcastTo(x, [2, 2, 2, 3, 2]), draw([1, 2, 2, 1, 2], 1));
    checkGradient((x) => tf.tile(x, [2, 3]), draw([2, 2], 1));
  }),
  one('splitGradient', 'split into one part', () => {
    checkGradient((x) => tf.split(x, 1, 1)[0] ?? x, draw([2, 3], 1));
    checkGradient((x) => tf.split(x, 3, 1)[1] ?? x, draw([2, 3], 1));
  }),
  one('unstackGradient', 'unstack of one part', () => {
    checkGradient((x) => tf.unstack(x, 0)[0] ?? x, draw([1, 3], 1));
    checkGradient((x) => tf.unstack(x, 1)[1] ?? x, draw([2, 3], 1));
  }),
  one('unstackGradient', 'linalg.bandPart of one matrix', () => {
    checkGradient((x) => tf.linalg.bandPart(x, -1, 0), draw([3, 3], 1));
  }),
  ...(
    [
      ['greater', (x) => x.greater(0)],
      ['less', (x) => x.less(0)],
      ['lessEqual', (x) => x.lessEqual(0)],
      ['equal', (x) => x.equal(7)],
      ['notEqual', (x) => x.notEqual(7)],
      ['logicalAnd', (x) => tf.logicalAnd(x.greaterEqual(0), x.less(5))],
      ['logicalOr', (x) => tf.logicalOr(x.less(0), x.greaterEqual(5))],
      ['logicalNot', (x) => tf.logicalNot(x.greaterEqual(0))],
    ] as [string, (x: tf.Tensor) => tf.Tensor][]
  ).map(([name, condition]) =>
    one('comparisonGradients', `where with a condition by ${name}`, () => {
      const x = tf.tensor([-1, 2, -3, 4]);
      checkGradient((y) => tf.where(condition(y), tf.mul(y, 2), tf.mul(y, -3)), x);
    }),
  ),
  one('eluSecondGradient', 'elu twice', () => {
    const x = [-2, -0.5, 0.5, 2];
    const first = (y: tf.Tensor) => tf.grad((z: tf.Tensor) => tf.sum(tf.elu(z)))(y);
    const second = tf.grad((y: tf.Tensor) => tf.sum(tf.mul(first(y), tf.tensor([1, 2, 3, 4]))))(tf.tensor(x));
    const expected = x.map((value, i) => (value < 0 ? (i + 1) * Math.exp(value) : 0));
    expectClose(second, expected, 1e-5, 'second derivative');
  }),
  one('savedOutputs', 'second derivatives through a saved output', () => {
    const x = [-1, 0.5, 2];
    const second = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.grad((y: tf.Tensor) => tf.sum(tf.grad((z: tf.Tensor) => tf.sum(f(z)))(y)))(tf.tensor(x));
    const e = x.map(Math.exp);
    expectClose(second(tf.exp), e, 1e-6, 'exp');
    const product = x.map((value, i) => (e[i] ?? NaN) * (value + 2));
    expectClose(
      second((z) => tf.mul(tf.exp(z), z)),
      product,
      1e-6,
      'exp(x) x',
    );
    const tanh = x.map((value) => -2 * Math.tanh(value) * (1 - Math.tanh(value) ** 2));
    expectClose(second(tf.tanh), tanh, 1e-6, 'tanh');
  }),
  one('wasmStridedSlice', 'stridedSlice of integers', () => {
    const slice = tf.stridedSlice(ids([1, 2, 3, 4, 5, 6], [2, 3]), [0, 0], [2, 3], [1, 2]);
    expect(slice.dtype).to.equal('int32');
    expect([...slice.dataSync()]).to.deep.equal([1, 3, 4, 6]);
  }),
  one('cpuEinsum', 'einsum with labels that only one operand has', () => {
    const [a, b] = [draw([2, 4], 1), draw([3], 2)];
    const outer = tf.mul(tf.sum(a, 1, true), tf.reshape(b, [1, 3]));
    expectClose(tf.einsum('ij,k->ik', a, b), outer, 1e-6, 'ij,k->ik');
    const c = draw([4, 3], 3);
    expectClose(tf.einsum('ij,jk->k', a, c), tf.sum(tf.matMul(a, c), 0), 1e-6, 'ij,jk->k');
  }),
  one('gatherNdGradient', 'gatherND, one place twice', () => {
    checkGradient((x) => tf.gatherND(x, ids([0, 1, 2, 2, 0, 1], [3, 2])), draw([3, 3], 1));
    checkGradient((x) => tf.gatherND(x, ids([2, 0, 2], [3, 1])), draw([3, 2], 1));
  }),
  one('scatterNdGradient', 'scatterND, one place twice', () => {
    checkGradient((x) => tf.scatterND(ids([1, 3, 1], [3, 1]), x, [5]), draw([3], 1));
    checkGradient((x) => tf.scatterND(ids([1, 3], [2, 1]), x, [4, 2]), draw([2, 2], 1));
  }),
  one('tensorScatterUpdateGradient', 'tensorScatterUpdate, both operands', () => {
    const [x, updates] = [draw([5], 1), draw([2], 2)];
    const places = ids([1, 3], [2, 1]);
    checkGradient((y) => tf.tensorScatterUpdate(y, places, updates), x);
    checkGradient((u) => tf.tensorScatterUpdate(x, places, u), updates);
  }),
  one('topKGradient', 'the values of topk', () => {
    checkGradient((x) => tf.topk(x, 2).values, tf.tensor([3, 1, 2, -1, 5, 4], [2, 3]));
  }),
  one('stridedSliceGradient', 'stridedSlice, forwards, backwards and with masks', () => {
    checkGradient((x) => tf.stridedSlice(x, [0, 1], [3, 4], [2, 2]), draw([3, 5], 1));
    checkGradient((x) => tf.stridedSlice(x, [2, 0], [0, 5], [-1, 3]), draw([3, 5], 1));
    checkGradient((x) => tf.stridedSlice(x, [1, 0], [2, 4], [1, 2], 0, 0, 0, 0, 1), draw([3, 5], 1));
  }),
  one('dilatedConvolution', 'dilated convolutions, both operands', () => {
    const [x, w] = [draw([1, 9, 2], 1) as tf.Tensor3D, draw([3, 2, 2], 2) as tf.Tensor3D];
    const conv = (y: tf.Tensor, f: tf.Tensor) =>
      tf.conv1d(y as tf.Tensor3D, f as tf.Tensor3D, 1, 'valid', 'NWC', 3);
    checkGradient((y) => conv(y, w), x);
    checkGradient((f) => conv(x, f), w);
    const [image, filter] = [draw([1, 6, 7, 2], 1), draw([2, 3, 2, 1], 2)];
    const depthwise = (y: tf.Tensor, f: tf.Tensor) =>
      tf.depthwiseConv2d(y as tf.Tensor4D, f as tf.Tensor4D, 1, 'same', 'NHWC', [2, 2]);
    checkGradient((y) => depthwise(y, filter), image);
    checkGradient((f) => depthwise(image, f), filter);
  }),
];

const others: RepairCase[] = [
  fused,
  one('softmaxAxis', 'softmax along the first axis, as function and as method', () => {
    const x = draw([3, 4, 2], 1);
    for (const axis of [0, 1, -2]) {
      const parts = tf.exp(x);
      const expected = tf.div(parts, tf.sum(parts, axis, true));
      expectClose(tf.softmax(x, axis), expected, 1e-6, `axis ${axis}`);
      expectClose(x.softmax(axis), expected, 1e-6, `method, axis ${axis}`);
    }
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(tf.slice(tf.softmax(y, 0), [0, 0], [1, 2])))(
      tf.zeros([2, 2]),
    );
    expectClose(gradient, [0.25, 0.25, -0.25, -0.25], 1e-6, 'gradient');
  }),
  one('typedArrayAliasing', 'a tensor does not change with the array it was made from', () => {
    const array = Float32Array.of(1, 2, 3);
    const x = tf.tensor(array);
    array[0] = 9;
    expect([...tf.mul(x, 1).dataSync()]).to.deep.equal([1, 2, 3]);
  }),
  one('typedArrayAliasing', 'nor with the array it was read into', () => {
    const x = tf.tensor([1, 2, 3]);
    x.dataSync()[0] = 9;
    expect([...tf.mul(x, 1).dataSync()]).to.deep.equal([1, 2, 3]);
  }),
  {
    repair: 'nodeUtil',
    what: 'util has what tfjs-node asks of it, on every Node',
    prepare: () => {
      const names = ['isNullOrUndefined', 'isArray'];
      const before = names.map((name) => Object.getOwnPropertyDescriptor(util, name));
      for (const name of names) Reflect.deleteProperty(util, name);
      return () => {
        before.forEach((descriptor, i) => {
          if (descriptor) Object.defineProperty(util, names[i] ?? '', descriptor);
        });
      };
    },
    check: () => {
      expect(Reflect.get(util, 'isNullOrUndefined')).to.be.a('function');
      expect(Reflect.get(util, 'isArray')).to.be.a('function');
      tf.tidy(() => {
        expect(tf.split(tf.tensor([1, 2]), 2)).to.have.length(2);
      });
    },
  },
];

/** At least one case for every repair. */
export const repairCases: readonly RepairCase[] = [...products, ...missing, ...gradients, ...others];

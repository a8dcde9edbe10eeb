import util from 'node:util';
import { expect } from 'chai';
import { tf } from '../../src/core/tf';
import { expectClose } from '../support/compare';
import { checkGradient, draw, ids, one } from './caseTools';
import type { RepairCase } from './caseTools';
import { gradientCases } from './gradientCases';

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
export const repairCases: readonly RepairCase[] = [...products, ...missing, ...gradientCases, ...others];

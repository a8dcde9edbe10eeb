import { expect } from 'chai';
import { tf } from '../../src/core/tf';
import { expectClose } from '../support/compare';
import { checkGradient, draw, ids, one } from './caseTools';
import type { RepairCase } from './caseTools';

/** Gradients that are missing, wrong or throw. */
export const gradientCases: RepairCase[] = [
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

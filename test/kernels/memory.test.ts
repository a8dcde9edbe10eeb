import { expect } from 'chai';
import { initBackend } from '../../src/core/backend';
import type { BackendName } from '../../src/core/backend';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { memoryOf } from '../../src/kernels/wasm/memory';
import { linearScan } from '../../src/ops/linearScan';
import { prefixSoftmax } from '../../src/ops/softmaxScan';
import { causalConv } from '../../src/ops/causalConv';
import { expectClose } from '../support/compare';

/** What the heap of the backend has handed out and not got back, counted while `work` runs. */
function heldAfter(work: () => void): number {
  const { wasm } = tf.backend() as unknown as { wasm: Record<'_malloc' | '_free', (x: number) => number> };
  const { _malloc, _free } = wasm;
  const held = new Set<number>();
  wasm._malloc = (size) => {
    const pointer = _malloc(size);
    held.add(pointer);
    return pointer;
  };
  wasm._free = (pointer) => {
    held.delete(pointer);
    return _free(pointer);
  };
  try {
    work();
  } finally {
    Object.assign(wasm, { _malloc, _free });
  }
  return held.size;
}

describe('shared memory of the wasm backend', () => {
  let running: BackendName;
  before(async () => {
    running = (await initBackend()).name;
    await initBackend({ backend: 'wasm' });
  });
  after(async () => {
    await initBackend({ backend: running });
  });

  /** One pass forwards and backwards through every fused kernel. */
  function everything(seed: number): void {
    tf.tidy(() => {
      const q = randomNormal<tf.Rank.R4>([1, 2, 40, 9], 0, 0.5, seed);
      const logDecay = tf.neg(tf.abs(randomNormal<tf.Rank.R3>([1, 2, 40], 0, 1, seed + 1)));
      const kernel = randomNormal<tf.Rank.R2>([2, 3], 0, 1, seed + 2);
      tf.grads((x: tf.Tensor, g: tf.Tensor, w: tf.Tensor) => {
        const y = causalConv(x as tf.Tensor4D, w as tf.Tensor2D);
        const { o } = linearScan({ q: y, k: y, v: y, logDecay: g as tf.Tensor3D });
        const { mean } = prefixSoftmax({ logits: g as tf.Tensor3D, v: o });
        return tf.sum(tf.matMul(mean, mean, true));
      })([q, logDecay, kernel]);
    });
  }

  it('gives every block back', () => {
    everything(1);
    const tensors = tf.memory().numTensors;
    expect(heldAfter(() => [1, 2, 3].forEach(everything))).to.equal(0);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('gives scratch back when the work throws', () => {
    const memory = memoryOf(tf.backend());
    const fail = () => {
      throw new Error('on purpose');
    };
    expect(heldAfter(() => expect(() => memory.scratch(1024, fail)).to.throw('on purpose'))).to.equal(0);
    expect(
      heldAfter(() => memory.output([8])),
      'the count itself',
    ).to.equal(1);
  });

  it('survives growth of the memory', () => {
    const x = randomNormal<tf.Rank.R2>([70, 70], 0, 1, 3);
    const before = tf.tidy(() => tf.matMul(x, x).dataSync());
    // 100 MB and more: the heap starts at 16
    const large = Array.from({ length: 4 }, () => tf.zeros([1 << 20, 8]));
    const after = tf.tidy(() => tf.matMul(x, x).dataSync());
    expectClose(after, before, 0, 'the same product in the grown memory');
    const product = tf.tidy(() => tf.sum(tf.matMul(large[0] as tf.Tensor2D, tf.ones([8, 8]))).dataSync()[0]);
    expect(product).to.equal(0);
    tf.dispose([x, ...large]);
  });

  it('trains an embedding: rows of the same id add up, ids out of range are dropped', () => {
    tf.tidy(() => {
      const x = randomNormal<tf.Rank.R2>([6, 7], 0, 1, 1);
      const ids = tf.tensor1d([2, 0, 2, -1, 5, 2], 'int32');
      const sums = tf.unsortedSegmentSum(x, ids, 3);
      const rows = x.arraySync();
      const expected = [0, 1, 2].map((id) =>
        Array.from({ length: 7 }, (_, c) =>
          [2, 0, 2, -1, 5, 2].reduce((sum, to, r) => sum + (to === id ? (rows[r]?.[c] ?? NaN) : 0), 0),
        ),
      );
      expectClose(sums, expected.flat(), 1e-6, 'sums');
      const counts = tf.unsortedSegmentSum(
        tf.tensor1d([1, 2, 3], 'int32'),
        tf.tensor1d([1, 1, 0], 'int32'),
        2,
      );
      expect([...counts.dataSync()]).to.deep.equal([3, 3]);
    });
  });
});

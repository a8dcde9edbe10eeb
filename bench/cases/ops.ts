import type { BHT, BHTK, BHTV } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { causalConv } from '../../src/ops/causalConv';
import { cumsum } from '../../src/ops/cumulative';
import { linearScan } from '../../src/ops/linearScan';
import { prefixSoftmax } from '../../src/ops/softmaxScan';
import type { Case } from '../case';
import { finish, normal, withGradients } from './tensors';

const [B, H, D] = [4, 4, 64];
const FLOAT = 4;

function over(
  inputs: tf.Tensor[],
  work: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): ReturnType<Case['prepare']> {
  return { run: () => finish(() => work(...inputs)), dispose: () => tf.dispose(inputs) };
}

function matMulCase(name: string, transposeA: boolean, transposeB: boolean): Case {
  const [batch, rows, inner, columns] = [16, 256, 64, 256];
  const a = transposeA ? [batch, inner, rows] : [batch, rows, inner];
  const b = transposeB ? [batch, columns, inner] : [batch, inner, columns];
  return {
    name: `matMul ${name} [16, 256, 64] x [16, 64, 256]`,
    T: rows,
    flops: 2 * batch * rows * inner * columns,
    bytes: FLOAT * batch * (rows * inner + inner * columns + rows * columns),
    prepare: () => over([normal(a, 1), normal(b, 2)], (x, y) => tf.matMul(x, y, transposeA, transposeB)),
  };
}

function scans(T: number): Case[] {
  const sequence = FLOAT * B * H * T * D;
  const qkv = (): tf.Tensor[] => [1, 2, 3].map((seed) => normal([B, H, T, D], seed, 0.3));
  const logitsAndV = (): tf.Tensor[] => [normal([B, H, T], 4), normal([B, H, T, D], 5)];
  const scan = (...[q, k, v]: tf.Tensor[]): tf.Tensor =>
    linearScan({ q: q as BHTK, k: k as BHTK, v: v as BHTV }).o;
  const mean = (...[logits, v]: tf.Tensor[]): tf.Tensor =>
    prefixSoftmax({ logits: logits as BHT, v: v as BHTV }).mean;
  const heads = B * H * T;
  return [
    {
      name: 'cumsum over time',
      T,
      flops: heads * D,
      bytes: 2 * sequence,
      prepare: () => over([normal([B, H, T, D], 1)], (x) => cumsum(x, 2)),
    },
    {
      name: 'linear scan, forward',
      T,
      flops: 4 * heads * D * D,
      bytes: 4 * sequence,
      prepare: () => over(qkv(), scan),
    },
    {
      name: 'linear scan, forward + backward',
      T,
      flops: 14 * heads * D * D,
      // q, k, v and their gradients
      bytes: 6 * sequence,
      prepare: () => over(qkv(), (...x) => withGradients(scan, x)),
    },
    {
      name: 'prefix softmax, forward',
      T,
      flops: 4 * heads * D,
      bytes: 2 * sequence + FLOAT * heads,
      prepare: () => over(logitsAndV(), mean),
    },
    {
      name: 'prefix softmax, forward + backward',
      T,
      flops: 12 * heads * D,
      // logits, v and their gradients
      bytes: 2 * sequence + 2 * FLOAT * heads,
      prepare: () => over(logitsAndV(), (...x) => withGradients(mean, x)),
    },
  ];
}

function convolution(T: number, taps: number): Case {
  const work = (...[x, kernel]: tf.Tensor[]): tf.Tensor => causalConv(x as BHTV, kernel as tf.Tensor2D);
  return {
    name: `causal convolution of ${taps} taps, forward + backward`,
    T,
    flops: 6 * B * H * T * D * taps,
    // x, the kernel and their gradients
    bytes: 2 * FLOAT * (B * H * T * D + H * taps),
    prepare: () => over([normal([B, H, T, D], 1), normal([H, taps], 2)], (...x) => withGradients(work, x)),
  };
}

/** The gradient of an embedding of 1,024 tokens x 256. */
const embedding: Case = {
  name: 'embedding gradient',
  T: 2048,
  flops: 2048 * 256,
  // ids in, the gradient of the table out
  bytes: FLOAT * (2048 + 256 * 1024),
  prepare() {
    const ids = tf.tidy(
      () => tf.cast(tf.floor(tf.mul(tf.abs(tf.sin(tf.range(0, 2048))), 1023)), 'int32') as tf.Tensor1D,
    );
    const table = normal([1024, 256], 1);
    const one = (x: tf.Tensor): tf.Tensor => tf.gather(x, ids);
    return {
      run: () => finish(() => withGradients(one, [table])),
      dispose: () => tf.dispose([ids, table]),
    };
  },
};

/** The operations the models stand on. */
export function opCases(quick: boolean): Case[] {
  return [
    matMulCase('A B', false, false),
    matMulCase('A Bᵀ', false, true),
    matMulCase('Aᵀ B', true, false),
    embedding,
    ...(quick ? [256] : [1024, 4096]).flatMap(scans),
    convolution(quick ? 256 : 1024, 64),
  ];
}

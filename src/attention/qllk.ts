import { expect, expectInteger } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import { dims } from '../core/shape';
import type { BHTK, BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { headWidth } from '../modules/heads';
import { torchUniform } from '../modules/initializers';
import { cumsum } from '../ops/cumulative';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import { linearScanParallel, linearScanStep } from '../ops/linearScan';
import type { Config, Inputs, Params } from './variant';
import { defineAttention } from './variant';

/** Settings of QLLK. `heads` makes no difference: every channel is a head of width 1. */
export interface QllkConfig extends Config {
  /** '1.0' has four projections; '1.1' makes q, k and v with one matrix. The same function and distribution. Default '1.1'. */
  readonly version?: '1.0' | '1.1';
}

type Linear = { readonly weight: tf.Variable<tf.Rank.R2>; readonly bias: tf.Variable<tf.Rank.R1> };

/** `{ qkv, gate }` in version 1.1, `{ q, k, v, gate }` in version 1.0; each a weight `[D, ·]` and a bias. */
export interface QllkParams extends Params {
  readonly gate: Linear;
  readonly [part: string]: Linear;
}

/** Every channel a head: H = D, K = 1; the output gate is folded into q. */
export interface QllkInputs extends Inputs {
  readonly q: BHTK;
  readonly k: BHTK;
}

/** Σ k v, `[B, D, 1, V]`. */
export type QllkState = { readonly S: tf.Tensor4D };

/**
 * QLLK's "linear latent kernel": every channel keeps one running sum of k·v and reads it with a gated q.
 *
 * Linear attention with D heads of width 1, no feature map, no normaliser, no decay. So the sum grows with t, the order
 * of past tokens is invisible inside one layer, and the state is D numbers, not D². This is the causal mix alone; the
 * patches that leak the targets are in `patchModel`.
 *
 * @example
 * const inputs = sampleInputs(qllk, { width: 8, heads: 1 }, { batch: 1, time: 32, seed: 0 });
 * maxDifference(qllk.parallel(inputs), qllk.chunkwise(inputs, 8)); // about 1e-7
 */
export const qllk = defineAttention<QllkParams, QllkInputs, QllkState, QllkConfig>({
  meta: {
    name: 'qllk',
    title: 'QLLK',
    equation: String.raw`o_t = \sigma(g_t) \odot q_t \odot \sum_{j \le t} k_j \odot v_j`,
    settings: ['version'],
    cost: { parallel: 'T²·D', step: 'D', state: 'D' },
    causal: true,
    cite: {
      authors: 'A. Cunningham',
      year: 2025,
      title: 'QLLK-Transformer',
      url: 'https://github.com/acunningham-ship-it/QLLK-Transformer',
    },
    differsFromPaper: [
      'The gate multiplies q instead of the output, which is the same product.',
      'Works on single tokens; the published model works on patches of 8 bytes and so sees its targets (`patchModel`).',
    ],
  },

  init(config, seed) {
    const { width: D, version = '1.1' } = config;
    headWidth('qllk', config);
    expect(version === '1.0' || version === '1.1', 'qllk', 'version', "'1.0' or '1.1'", version);
    const gate = linear(D, D, splitSeed(seed, 'gate'));
    if (version === '1.1') return { qkv: linear(D, 3 * D, splitSeed(seed, 'qkv')), gate };
    const part = (name: string): Linear => linear(D, D, splitSeed(seed, name));
    return { q: part('q'), k: part('k'), v: part('v'), gate };
  },

  project(params, x) {
    const D = x.shape[2];
    const apply = ({ weight, bias }: Linear) => project(x, weight, bias);
    const { qkv, q: toQ, k: toK, v: toV } = params;
    const [q, k, v] = qkv ? tf.split(apply(qkv), 3, 2) : [toQ, toK, toV].map((part) => apply(part as Linear));
    const gated = tf.mul<tf.Tensor3D>(tf.sigmoid(apply(params.gate)), q as tf.Tensor3D);
    return {
      q: splitHeads(gated, D),
      k: splitHeads(k as tf.Tensor3D, D),
      v: splitHeads(v as tf.Tensor3D, D),
    };
  },

  parallel(inputs) {
    check('qllk.parallel', inputs);
    return linearScanParallel(inputs);
  },

  recurrent: {
    initialState: ({ v }) => ({ S: tf.zeros([v.shape[0], v.shape[1], 1, v.shape[3]]) }),
    step({ S }, inputs) {
      check('qllk.step', inputs);
      const [next, o] = linearScanStep(S, inputs);
      return [{ S: next }, o];
    },
  },

  chunkwise(inputs, chunk) {
    check('qllk.chunkwise', inputs);
    expectInteger(chunk, 'qllk.chunkwise', 'chunk');
    // D running sums of one number each: no matrix product to gain from blocks, so their length does not matter
    return tf.mul(inputs.q, cumsum(tf.mul<BHTV>(inputs.k, inputs.v), 2));
  },

  output: (_params, o: BHTV) => mergeHeads(o),
  stateSize: ({ width }) => width,
});

/** PyTorch's Linear(rows, columns): weight and bias U(±1/sqrt(rows)). */
function linear(rows: number, columns: number, seed: Seed): Linear {
  return {
    weight: torchUniform<tf.Rank.R2>([rows, columns], rows, splitSeed(seed, 'weight')),
    bias: torchUniform<tf.Rank.R1>([columns], rows, splitSeed(seed, 'bias')),
  };
}

function check(where: string, { q, k, v }: QllkInputs): void {
  dims(where, { q: [q, 'BHT1'], k: [k, 'BHT1'], v: [v, 'BHTV'] });
}

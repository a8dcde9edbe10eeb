import { dims } from '../core/shape';
import type { BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { causalMask } from '../ops/linalg';
import type { PrefixMeans, PrefixState } from '../ops/softmaxScan';
import { emptyPrefix, prefixSoftmax, prefixSoftmaxStep } from '../ops/softmaxScan';
import type { ElitaConfig, ElitaInputs, ElitaParams } from './elitaParts';
import { elitaCite, elitaSettings, elitaStateSize, initElita, outputElita, projectElita } from './elitaParts';
import { defineAttention } from './variant';

/** Log mass and mean of the tokens so far: V + 1 numbers per head. */
export type ElitaState = PrefixState;

/**
 * ELiTA: one gate between the current value and a softmax mean of the whole prefix.
 *
 * Equals the published ratio exactly (it is the same softmax over i + 1 entries, written as a gate), but needs no
 * clipping: finite for any finite logits. The mean is the same for every query at position i, so one layer cannot
 * retrieve by content; `row` and `self` only move the gate. Glossary of letters: elitaParts.ts; derivation: notebook
 * 02.
 *
 * @example
 * const config = { width: 64, heads: 4, horizon: 128 };
 * const inputs = sampleInputs(elita, config, { batch: 1, time: 32, seed: 0 });
 * maxDifference(elita.parallel(inputs), elita.chunkwise(inputs, 8)); // about 1e-7
 */
export const elita = defineAttention<ElitaParams, ElitaInputs, ElitaState, ElitaConfig>({
  meta: {
    name: 'elita',
    title: 'ELiTA',
    equation: String.raw`y_i = \sigma(g_i)\, v_i + (1 - \sigma(g_i)) \sum_{j \le i} e^{\ell_j - L_i} v_j, \quad g_i = \delta_i - r_i - L_i, \quad L_i = \log \sum_{j \le i} e^{\ell_j}`,
    settings: elitaSettings,
    cost: { parallel: 'T²·D', step: 'H·V', state: 'H·(V + 1)' },
    causal: true,
    cite: elitaCite,
    differsFromPaper: [
      'Logits are not clipped to ±20; instead the ratio is computed as a gate around a running log-sum-exp, which equals it wherever the clip is idle.',
      'Positions are fractions of a fixed horizon instead of the length of each input, so that decoding agrees with training; equal when the input has the length of the horizon.',
      'No dropout; the published model drops from the outputs of attentions and feed-forwards.',
    ],
  },
  init: (config, seed) => initElita('elita', config, seed),
  project: projectElita,

  // the definition: row i is one softmax over the i + 1 logits l_j + r_i and the extra entry δ_i
  parallel(inputs) {
    const { v, column, row, self } = inputs;
    const { B, H, T } = check('elita.parallel', inputs);
    const mask = causalMask(T);
    const pairs = tf.add(tf.expandDims(row, 3), tf.expandDims(column, 2)); // [B, H, T, T]
    const seen: tf.Tensor4D = tf.add(tf.mul(pairs, mask), tf.mul(tf.sub(1, mask), -1e30));
    const entries: tf.Tensor4D = tf.concat([seen, tf.expandDims<tf.Tensor4D>(self, 3)], 3); // [B, H, T, T + 1]
    const weights = tf.softmax(entries);
    const history = tf.slice(weights, [0, 0, 0, 0], [B, H, T, T]);
    const extra = tf.slice(weights, [0, 0, 0, T], [B, H, T, 1]);
    return tf.add(tf.matMul(history, v), tf.mul(extra, v));
  },

  recurrent: {
    initialState: ({ v }) => emptyPrefix(v.shape[0], v.shape[1], v.shape[3]),
    step(state, inputs) {
      check('elita.step', inputs);
      const [next, prefix] = prefixSoftmaxStep(state, { logits: inputs.column, v: inputs.v });
      return [next, gate(inputs, prefix)];
    },
  },

  chunkwise(inputs, chunk) {
    check('elita.chunkwise', inputs);
    return gate(inputs, prefixSoftmax({ logits: inputs.column, v: inputs.v }, { chunk }));
  },

  output: outputElita,
  stateSize: elitaStateSize,
});

/** m + σ(δ - r - L) (v - m) */
function gate({ v, row, self }: ElitaInputs, { mean, logMass }: PrefixMeans): BHTV {
  const g = tf.sigmoid(tf.sub(tf.sub(self, row), logMass));
  return tf.add(mean, tf.mul(tf.expandDims(g, 3), tf.sub(v, mean)));
}

function check(where: string, { v, column, row, self }: ElitaInputs) {
  return dims(where, { v: [v, 'BHTV'], column: [column, 'BHT'], row: [row, 'BHT'], self: [self, 'BHT'] });
}

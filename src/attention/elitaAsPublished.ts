import { dims } from '../core/shape';
import type { BHT, BHTK, BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { causalMask } from '../ops/linalg';
import { linearScan } from '../ops/linearScan';
import type { ElitaConfig, ElitaInputs, ElitaParams } from './elitaParts';
import { elitaCite, elitaSettings, elitaStateSize, initElita, outputElita, projectElita } from './elitaParts';
import { defineAttention } from './variant';

/** Running numerator and denominator: V + 1 numbers per head. */
export type ElitaSums = {
  /** Σ e^{l_j} v_j, `[B, H, 1, V]` */
  readonly S: tf.Tensor4D;
  /** Σ e^{l_j}, `[B, H, 1, 1]` */
  readonly z: tf.Tensor4D;
};

/**
 * ELiTA as its author's code computes it: logits clipped to ±20, exponentials summed in plain float32.
 *
 * The same function as `elita` while no logit leaves ±20. Outside, the clip changes the weights and stops their
 * gradients; sums as large as e^40·T fit into float32 but not into float16. Glossary of letters: elitaParts.ts.
 *
 * @example
 * const inputs = sampleInputs(elita, { width: 64, heads: 4, horizon: 128 }, { batch: 1, time: 32, seed: 0 });
 * maxDifference(elitaAsPublished.parallel(inputs), elita.parallel(inputs)); // about 1e-7
 */
export const elitaAsPublished = defineAttention<ElitaParams, ElitaInputs, ElitaSums, ElitaConfig>({
  meta: {
    name: 'elitaAsPublished',
    title: 'ELiTA as published',
    equation: String.raw`y_i = \frac{e^{r_i} \sum_{j \le i} e^{\ell_j} v_j + e^{\delta_i} v_i}{e^{r_i} \sum_{j \le i} e^{\ell_j} + e^{\delta_i}}, \quad \ell, r, \delta \in [-20, 20]`,
    asPublishedOf: 'elita',
    settings: elitaSettings,
    cost: { parallel: 'T²·D', step: 'H·V', state: 'H·(V + 1)' },
    causal: true,
    cite: elitaCite,
    differsFromPaper: [
      'Positions are fractions of a fixed horizon; the published code takes the length of each input, which is the same for inputs as long as the horizon.',
      "Follows the published equation and code, where a token has two entries in its own row; the README's sentence, where the diagonal is added to the logit, is `elitaAddedDiagonal`.",
      'No dropout; the published model drops from the outputs of attentions and feed-forwards.',
    ],
  },
  init: (config, seed) => initElita('elitaAsPublished', config, seed),
  project: projectElita,

  parallel(inputs) {
    const { v } = inputs;
    check('elitaAsPublished.parallel', inputs);
    const { column, row, self } = exponentials(inputs);
    const pairs = tf.mul(tf.matMul(row, column, false, true), causalMask(v.shape[2])); // [B, H, T, T]
    const numerator: BHTV = tf.add(tf.matMul(pairs, v), tf.mul(self, v));
    return tf.div(numerator, tf.add(tf.sum(pairs, 3, true), self));
  },

  recurrent: {
    initialState: ({ v }) => ({
      S: tf.zeros([v.shape[0], v.shape[1], 1, v.shape[3]]),
      z: tf.zeros([v.shape[0], v.shape[1], 1, 1]),
    }),
    step(state, inputs) {
      check('elitaAsPublished.step', inputs);
      const { v } = inputs;
      const { column, row, self } = exponentials(inputs);
      const S: tf.Tensor4D = tf.add(state.S, tf.mul(column, v));
      const z: tf.Tensor4D = tf.add(state.z, column);
      return [{ S, z }, tf.div(tf.add(tf.mul(row, S), tf.mul(self, v)), tf.add(tf.mul(row, z), self))];
    },
  },

  // both prefix sums are one linear scan with keys e^l and queries e^r, over the values with a column of ones beside
  chunkwise(inputs, chunk) {
    const { B, H, T, V } = check('elitaAsPublished.chunkwise', inputs);
    const { column, row, self } = exponentials(inputs);
    const v: BHTV = tf.concat([inputs.v, tf.ones([B, H, T, 1])], 3);
    const sums = tf.add(linearScan({ q: row, k: column, v }, { chunk }).o, tf.mul(self, v));
    return tf.div(tf.slice(sums, [0, 0, 0, 0], [B, H, T, V]), tf.slice(sums, [0, 0, 0, V], [B, H, T, 1]));
  },

  output: outputElita,
  stateSize: elitaStateSize,
});

/** e^{clip(logit)}, each `[B, H, T, 1]`. */
function exponentials({ column, row, self }: ElitaInputs): { column: BHTK; row: BHTK; self: BHTK } {
  const weight = (logits: BHT): BHTK => tf.expandDims(tf.exp(tf.clipByValue(logits, -20, 20)), 3);
  return { column: weight(column), row: weight(row), self: weight(self) };
}

function check(where: string, { v, column, row, self }: ElitaInputs) {
  return dims(where, { v: [v, 'BHTV'], column: [column, 'BHT'], row: [row, 'BHT'], self: [self, 'BHT'] });
}

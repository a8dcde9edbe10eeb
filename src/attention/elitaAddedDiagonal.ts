import { dims } from '../core/shape';
import type { BHTV } from '../core/tf';
import { tf } from '../core/tf';
import { causalMask } from '../ops/linalg';
import type { PrefixMeans, PrefixState } from '../ops/softmaxScan';
import { EMPTY_MASS, emptyPrefix, prefixSoftmax, prefixSoftmaxStep } from '../ops/softmaxScan';
import type { ElitaCore, ElitaCoreInputs, ElitaSizes } from './elitaParts';
import {
  elitaCite,
  elitaCoreSettings,
  elitaStateSize,
  initElitaCore,
  outputElita,
  projectElitaCore,
} from './elitaParts';
import { defineAttention } from './variant';

/**
 * ELiTA as its README words it: the diagonal term is *added to* the logit of the pair (i, i).
 *
 * The published equation and code instead give token i a second entry of its own (`elita`). Read by the words, the row
 * logit r_i is common to the whole row and cancels, so this variant has neither P2 nor k3; the gate compares one logit
 * with the prefix *before* token i. Glossary of letters: elitaParts.ts.
 *
 * @example
 * const inputs = sampleInputs(elitaAddedDiagonal, { width: 64, heads: 4, horizon: 128 }, { batch: 1, time: 32, seed: 0 });
 * elitaAddedDiagonal.parallel(inputs).shape; // [1, 4, 32, 16]
 */
export const elitaAddedDiagonal = defineAttention<ElitaCore, ElitaCoreInputs, PrefixState, ElitaSizes>({
  meta: {
    name: 'elitaAddedDiagonal',
    title: 'ELiTA, diagonal added to the logit',
    equation: String.raw`y_i = \frac{\sum_{j < i} e^{\ell_j} v_j + e^{\ell_i + \delta_i} v_i}{\sum_{j < i} e^{\ell_j} + e^{\ell_i + \delta_i}}`,
    settings: elitaCoreSettings,
    cost: { parallel: 'T²·D', step: 'H·V', state: 'H·(V + 1)' },
    causal: true,
    cite: elitaCite,
    differsFromPaper: [
      "Follows the README's sentence; the published equation and code have an extra entry for the diagonal (`elita`).",
      'Has no row logit: it would be the same for every entry of its row, and a softmax does not see it.',
      'Logits are not clipped to ±20.',
      'Positions are fractions of a fixed horizon instead of the length of each input, so that decoding agrees with training; equal when the input has the length of the horizon.',
      'No dropout; the published model drops from the outputs of attentions and feed-forwards.',
    ],
  },
  init: (config, seed) => initElitaCore('elitaAddedDiagonal', config, seed),
  project: projectElitaCore,

  parallel(inputs) {
    const { v, column, self } = inputs;
    const { T } = check('elitaAddedDiagonal.parallel', inputs);
    const mask = causalMask(T);
    const diagonal = tf.mul(tf.expandDims(self, 3), tf.eye(T));
    const pairs = tf.add(tf.expandDims(column, 2), diagonal); // [B, H, T, T]
    const masked: tf.Tensor4D = tf.add(tf.mul(pairs, mask), tf.mul(tf.sub(1, mask), -1e30));
    return tf.matMul(tf.softmax(masked), v);
  },

  recurrent: {
    initialState: ({ v }) => emptyPrefix(v.shape[0], v.shape[1], v.shape[3]),
    step(state, inputs) {
      const { B, H, V } = check('elitaAddedDiagonal.step', inputs);
      const [next] = prefixSoftmaxStep(state, { logits: inputs.column, v: inputs.v });
      const before = {
        mean: tf.reshape<tf.Rank.R4>(state.mean, [B, H, 1, V]),
        logMass: tf.reshape<tf.Rank.R3>(state.logMass, [B, H, 1]),
      };
      return [next, gate(inputs, before)];
    },
  },

  chunkwise(inputs, chunk) {
    const { T } = check('elitaAddedDiagonal.chunkwise', inputs);
    const { mean, logMass } = prefixSoftmax({ logits: inputs.column, v: inputs.v }, { chunk });
    return gate(inputs, { mean: oneLater(mean, T, 0), logMass: oneLater(logMass, T, EMPTY_MASS) });
  },

  output: outputElita,
  stateSize: elitaStateSize,
});

/** m' + σ(l + δ - L') (v - m'), where m' and L' belong to the tokens before. */
function gate({ v, column, self }: ElitaCoreInputs, { mean, logMass }: PrefixMeans): BHTV {
  const g = tf.sigmoid(tf.sub(tf.add(column, self), logMass));
  return tf.add(mean, tf.mul(tf.expandDims(g, 3), tf.sub(v, mean)));
}

/** Moves every token's entry one place along time (axis 2); `first` fills the place of token 0. */
function oneLater<T extends tf.Tensor>(x: T, time: number, first: number): T {
  const kept = tf.slice(x, [0, 0, 0], [-1, -1, time - 1]);
  const padding = x.shape.map((_, axis): [number, number] => (axis === 2 ? [1, 0] : [0, 0]));
  return tf.pad(kept, padding, first);
}

function check(where: string, { v, column, self }: ElitaCoreInputs) {
  return dims(where, { v: [v, 'BHTV'], column: [column, 'BHT'], self: [self, 'BHT'] });
}

import type { Params } from '../attention/variant';
import type { Seed } from '../core/random';
import { splitSeed } from '../core/random';
import { tf } from '../core/tf';
import { silu } from '../modules/activation';
import { constant, normal } from '../modules/initializers';
import { project } from '../ops/linalg';

/**
 * ELiTA's "look-up" feed-forward on logits (README of the ELiTA repository, "Other Methods", 2023): after the tied
 * head, vocabulary -> hidden -> vocabulary with swish between. The source does not say whether it is residual;
 * here it is, and the second matrix starts at zero, so that training starts from the tied head alone.
 */
export function initLogitLookup(vocabulary: number, hidden: number, seed: Seed): Params {
  const deviation = 1 / Math.sqrt(vocabulary);
  return {
    into: normal<tf.Rank.R2>([vocabulary, hidden], deviation, splitSeed(seed, 'into')),
    intoBias: constant<tf.Rank.R1>([hidden], 0),
    out: constant<tf.Rank.R2>([hidden, vocabulary], 0),
    outBias: constant<tf.Rank.R1>([vocabulary], 0),
  };
}

/** Applies the look-up: logits `[B, T, vocabulary]` -> the same shape. */
export function lookUp(params: Params, logits: tf.Tensor3D): tf.Tensor3D {
  const hidden: tf.Tensor3D = project(
    logits,
    params['into'] as tf.Tensor2D,
    params['intoBias'] as tf.Tensor1D,
  );
  return tf.add(
    logits,
    project(silu(hidden), params['out'] as tf.Tensor2D, params['outBias'] as tf.Tensor1D),
  );
}

import { expect, expectInteger } from '../core/errors';
import type { Seed } from '../core/random';
import { splitSeed } from '../core/random';
import type { BHT, BHTV, BTD } from '../core/tf';
import { tf } from '../core/tf';
import { headWidth } from '../modules/heads';
import { uniform } from '../modules/initializers';
import { checkHorizon, sineBasis } from '../modules/positionBasis';
import type { BasisParams, ColumnParams, Place } from '../modules/positionBasisTensors';
import { basisParams, columnTensor, rowTensor } from '../modules/positionBasisTensors';
import { mergeHeads, project, splitHeads } from '../ops/linalg';
import type { Citation, Config, Inputs, Params } from './variant';

// What the ELiTA variants share: sizes, parameters and projections. Only their mixes differ.
//
// ours                        the author's letters
// column   l_j                k1·x_j + P1_j: how much token j weighs for every later token
// row      r_i                P2_i + k3·x_i: the same for every j; competes with `self` only
// self     δ_i                k2·x_i: an entry that token i has for itself alone
// width D, heads H            w, H
// valueWidth V                a
// positionWidth P             p
// horizon N, span             n (the number of tokens), t
// basis                       a1, b1, a2, b2, c; see src/modules/positionBasis.ts
// value, out                  V_h, O_h (here one matrix for all heads)

/** Settings that all ELiTA variants share. */
export interface ElitaSizes extends Config {
  /** The length N that positions are fractions of; past it the bases go on as the ramps they are. */
  readonly horizon: number;
  /** The position of token N - 1. Default 1; less than 1 leaves room to continue a text past the horizon. */
  readonly span?: number;
  /** V, values per head. Default width / heads. */
  readonly valueWidth?: number;
  /** P, sines per position basis. Default 16. */
  readonly positionWidth?: number;
}

/** Settings of the variants that have a row logit. */
export interface ElitaConfig extends ElitaSizes {
  /** What the row logit is made of: 'position' is the first published version, without k3. Default 'positionAndQuery'. */
  readonly rowTerm?: 'positionAndQuery' | 'position';
}

type Weight = tf.Variable<tf.Rank.R2>;

/** Weights without those of the row logit. */
export interface ElitaCore extends Params {
  /** k1 and k2, one column per head: `[D, H]`. */
  readonly column: Weight;
  readonly self: Weight;
  /** `[D, H*V]` */
  readonly value: Weight;
  /** `[H*V, D]` */
  readonly out: Weight;
  readonly basis: ColumnParams;
}

/** All weights. An intersection, because an interface with an optional weight is no `Params` for readers without exactOptionalPropertyTypes. */
export type ElitaParams = ElitaCore & {
  /** k3 `[D, H]`; none where `rowTerm` is 'position'. */
  readonly row?: Weight;
  readonly basis: BasisParams;
};

/** Values and the logits without the row's. */
export interface ElitaCoreInputs extends Inputs {
  readonly v: BHTV;
  readonly column: BHT;
  readonly self: BHT;
}

/** What the mixes work on: values and three kinds of logits. */
export interface ElitaInputs extends ElitaCoreInputs {
  readonly row: BHT;
}

export const elitaCite: Citation = {
  authors: 'A. C. O. Sharma',
  year: 2023,
  title: 'ELiTA: Efficient Linear-Time Attention Transformer',
  url: 'https://github.com/acosharma/elita-transformer',
};

/** Names of the fields of {@link ElitaSizes} beside width and heads. */
export const elitaCoreSettings = ['horizon', 'span', 'valueWidth', 'positionWidth'] as const;

/** Names of the fields of {@link ElitaConfig} beside width and heads. */
export const elitaSettings = [...elitaCoreSettings, 'rowTerm'] as const;

/** Floats that a mean and a mass (or a numerator and a denominator) per head take while decoding. */
export function elitaStateSize(config: ElitaSizes): number {
  return config.heads * (valueWidthOf(config) + 1);
}

function valueWidthOf(config: ElitaSizes): number {
  return config.valueWidth ?? config.width / config.heads;
}

function placeOf({ horizon, span = 1 }: ElitaSizes): Place {
  return { horizon, span };
}

/**
 * Fresh weights, distributed as in the published code: logit vectors and bases U(-0.05, 0.05), values and outputs
 * Glorot-uniform. Throws `ConfigError` naming the setting that is wrong.
 */
export function initElita(where: string, config: ElitaConfig, seed: Seed): ElitaParams {
  const { width: D, heads: H, horizon, span = 1, positionWidth = 16, rowTerm = 'positionAndQuery' } = config;
  headWidth(where, config);
  expectInteger(positionWidth, where, 'positionWidth');
  checkHorizon(where, horizon, span);
  const V = valueWidthOf(config);
  expectInteger(V, where, 'valueWidth');
  expect(
    rowTerm === 'positionAndQuery' || rowTerm === 'position',
    where,
    'rowTerm',
    "'positionAndQuery' or 'position'",
    rowTerm,
  );
  const within = (limit: number, name: string, shape: [number, number]): Weight =>
    uniform<tf.Rank.R2>(shape, -limit, limit, splitSeed(seed, name));
  // keras reads the shape [H, D, V] as a convolution kernel of H taps, so the heads count towards both fans
  const glorot = Math.sqrt(6 / (H * (D + V)));
  return {
    column: within(0.05, 'column', [D, H]),
    self: within(0.05, 'self', [D, H]),
    ...(rowTerm === 'positionAndQuery' && { row: within(0.05, 'row', [D, H]) }),
    value: within(glorot, 'value', [D, H * V]),
    out: within(glorot, 'out', [H * V, D]),
    basis: basisParams(sineBasis({ heads: H, positionWidth, horizon, span, seed: splitSeed(seed, 'basis') })),
  };
}

/** The same weights without those that only a row logit uses. */
export function initElitaCore(where: string, config: ElitaSizes, seed: Seed): ElitaCore {
  const { basis, ...rest } = initElita(where, { ...config, rowTerm: 'position' }, seed);
  const { rowFrequency, rowPhase, ...column } = basis;
  tf.dispose([rowFrequency, rowPhase]);
  return { ...rest, basis: column };
}

const logit = (x: BTD, weights: tf.Tensor2D): BHT => tf.transpose(project(x, weights), [0, 2, 1]);

/** x `[B, T, D]` -> values and all logits but the row's; `offset` is the position of x's first token. */
export function projectElitaCore(params: ElitaCore, x: BTD, config: ElitaSizes, offset = 0): ElitaCoreInputs {
  const positions = columnTensor(params.basis, placeOf(config), x.shape[1], offset);
  return {
    v: splitHeads(project(x, params.value), config.heads),
    column: tf.add(logit(x, params.column), positions),
    self: logit(x, params.self),
  };
}

/** x `[B, T, D]` -> values and the three logits; `offset` is the position of x's first token. */
export function projectElita(params: ElitaParams, x: BTD, config: ElitaConfig, offset = 0): ElitaInputs {
  const [B, T] = x.shape;
  const positions = rowTensor(params.basis, placeOf(config), T, offset);
  const query: BHT = params.row ? logit(x, params.row) : tf.zeros([B, config.heads, T]);
  return { ...projectElitaCore(params, x, config, offset), row: tf.add(query, positions) };
}

/** Heads side by side, through O: `[B, H, T, V] -> [B, T, D]`. */
export function outputElita(params: ElitaCore, o: BHTV): BTD {
  return project(mergeHeads(o), params.out);
}

import { randomNormal, randomUniform, splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import { tf } from '../core/tf';

function variable<R extends tf.Rank>(make: () => tf.Tensor<R>): tf.Variable<R> {
  return tf.tidy(() => tf.variable(make()));
}

/**
 * Uniform in ±sqrt(6 / (fan in + fan out)), with Keras' rule for the fans: the last two axes are input and output, and any axes
 * before them multiply both, as in a convolution kernel. So `[H, w, a]` has the limit sqrt(6 / (H (w + a))).
 *
 * Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html. `shape` needs rank 2 or more.
 *
 * @example
 * const values = glorotUniform([4, 64, 16], 1); // ELiTA's V: four heads, 64 -> 16
 */
export function glorotUniform<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: Seed): tf.Variable<R> {
  const axes = shape as readonly number[];
  const receptive = axes.slice(0, -2).reduce((product, length) => product * length, 1);
  const fans = receptive * ((axes.at(-2) ?? 1) + (axes.at(-1) ?? 1));
  const limit = Math.sqrt(6 / fans);
  return variable(() => randomUniform<R>(shape, -limit, limit, seed));
}

/**
 * Uniform in ±1 / sqrt(fan in): PyTorch's default for the weights and the biases of linear layers and convolutions.
 *
 * @example
 * const bias = torchUniform<tf.Rank.R1>([128], 64, 2); // the bias of a layer 64 -> 128
 */
export function torchUniform<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  fanIn: number,
  seed: Seed,
): tf.Variable<R> {
  const limit = 1 / Math.sqrt(fanIn);
  return variable(() => randomUniform<R>(shape, -limit, limit, seed));
}

/**
 * A weight matrix `[rows, columns]` as PyTorch starts one: uniform in ±1 / sqrt(rows).
 *
 * @example
 * const q = dense(64, 64, splitSeed(seed, 'q'));
 */
export function dense(rows: number, columns: number, seed: Seed): tf.Variable<tf.Rank.R2> {
  return torchUniform<tf.Rank.R2>([rows, columns], rows, seed);
}

/** Weight and bias of {@link torchLinear}. */
export interface Linear {
  /** `[rows, columns]` */
  readonly weight: tf.Variable<tf.Rank.R2>;
  /** `[columns]` */
  readonly bias: tf.Variable<tf.Rank.R1>;
  readonly [name: string]: tf.Variable;
}

/**
 * A linear layer rows -> columns as PyTorch starts one: weight and bias uniform in ±1 / sqrt(rows).
 *
 * @example
 * const { weight, bias } = torchLinear(64, 256, splitSeed(seed, 'up'));
 */
export function torchLinear(rows: number, columns: number, seed: Seed): Linear {
  return {
    weight: dense(rows, columns, splitSeed(seed, 'weight')),
    bias: torchUniform<tf.Rank.R1>([columns], rows, splitSeed(seed, 'bias')),
  };
}

/** Uniform in [low, high). Keras' `random_uniform` is (-0.05, 0.05). */
export function uniform<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  low: number,
  high: number,
  seed: Seed,
): tf.Variable<R> {
  return variable(() => randomUniform<R>(shape, low, high, seed));
}

/** Normal with mean 0. */
export function normal<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  deviation: number,
  seed: Seed,
): tf.Variable<R> {
  return variable(() => randomNormal<R>(shape, 0, deviation, seed));
}

/** The same value everywhere: 0 for biases, 1 for scales. */
export function constant<R extends tf.Rank>(shape: tf.ShapeMap[R], value: number): tf.Variable<R> {
  return variable(() => tf.fill<R>(shape, value));
}

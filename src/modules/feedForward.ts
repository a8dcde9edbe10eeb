import { expectInteger } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import type { BTD } from '../core/tf';
import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import { project } from '../ops/linalg';
import { gelu, silu } from './activation';
import { constant, dense, glorotUniform, torchLinear } from './initializers';
import type { Linear } from './initializers';

type Variables = Tree<tf.Variable>;

/** Sizes of a feed-forward; each has its own defaults. */
export interface FeedForwardOptions {
  /** Width of the hidden layer. */
  readonly hidden?: number;
  /** Feed-Forward2 only: how many gates mix its linear maps. Default 8. */
  readonly linearFactor?: number;
}

/** What works on each token by itself, between two attentions. */
export interface FeedForward {
  readonly name: string;
  /** Parameters for vectors of `width`. The same seed gives the same numbers. Throws `ConfigError` on a bad size. */
  init(width: number, seed: Seed, options?: FeedForwardOptions): Variables;
  /** `[B, T, D]` -> the same shape. */
  apply(params: Variables, x: BTD): BTD;
  /** How many numbers `init` makes. */
  parameters(width: number, options?: FeedForwardOptions): number;
}

type Weight = tf.Variable<tf.Rank.R2>;
type Bias = tf.Variable<tf.Rank.R1>;

function checked(where: string, width: number, hidden: number): number {
  expectInteger(width, where, 'width');
  expectInteger(hidden, where, 'hidden');
  return hidden;
}

const mlpHidden = (width: number, options: FeedForwardOptions = {}): number => options.hidden ?? 4 * width;

/** The standard one: W2 · GELU(W1 x + b1) + b2, hidden width 4 D, exact GELU, started as in PyTorch. */
export const mlp: FeedForward = Object.freeze({
  name: 'mlp',
  init(width: number, seed: Seed, options?: FeedForwardOptions) {
    const hidden = checked('mlp', width, mlpHidden(width, options));
    return {
      up: torchLinear(width, hidden, splitSeed(seed, 'up')),
      down: torchLinear(hidden, width, splitSeed(seed, 'down')),
    };
  },
  apply(params: Variables, x: BTD): BTD {
    const { up, down } = params as { up: Linear; down: Linear };
    return tf.tidy(() => project(gelu(project(x, up.weight, up.bias)), down.weight, down.bias));
  },
  parameters(width: number, options?: FeedForwardOptions) {
    const hidden = mlpHidden(width, options);
    return 2 * width * hidden + hidden + width;
  },
});

const swigluHidden = (width: number, options: FeedForwardOptions = {}): number =>
  options.hidden ?? Math.round((8 * width) / 3);

/**
 * W3 (SiLU(W1 x) ⊙ W2 x), no biases; hidden width 8 D / 3, which makes it as large as an MLP of 4 D.
 *
 * Shazeer 2020, https://arxiv.org/abs/2002.05202.
 */
export const swiglu: FeedForward = Object.freeze({
  name: 'swiglu',
  init(width: number, seed: Seed, options?: FeedForwardOptions) {
    const hidden = checked('swiglu', width, swigluHidden(width, options));
    return {
      gate: dense(width, hidden, splitSeed(seed, 'gate')),
      up: dense(width, hidden, splitSeed(seed, 'up')),
      down: dense(hidden, width, splitSeed(seed, 'down')),
    };
  },
  apply(params: Variables, x: BTD): BTD {
    const { gate, up, down } = params as { gate: Weight; up: Weight; down: Weight };
    return tf.tidy(() => project(tf.mul<BTD>(silu(project(x, gate)), project(x, up)), down));
  },
  parameters: (width: number, options?: FeedForwardOptions) => 3 * width * swigluHidden(width, options),
});

/**
 * ELiTA's Feed-Forward2: h = swish(W1 x + b1) in R^hidden, g = swish(W2 x + b2) in R^linearFactor, y = b3 + sum_ij h_i g_j W3[i, j].
 *
 * Read it as `linearFactor` linear maps over shared features, mixed by unnormalised gates. Hidden width D, 8 gates: 9 D² + 10 D + 8
 * parameters. Glorot uniform with Keras' fan rule, so W3 `[D, 8, D]` starts smaller than a matrix of its role; biases zero.
 * Sharma 2023, https://github.com/acosharma/elita-transformer (from the equations).
 */
export const feedForward2: FeedForward = Object.freeze({
  name: 'feedForward2',
  init(width: number, seed: Seed, { hidden = width, linearFactor = 8 }: FeedForwardOptions = {}) {
    checked('feedForward2', width, hidden);
    expectInteger(linearFactor, 'feedForward2', 'linearFactor');
    return {
      hidden: glorotUniform<tf.Rank.R2>([width, hidden], splitSeed(seed, 'hidden')),
      hiddenBias: constant<tf.Rank.R1>([hidden], 0),
      gate: glorotUniform<tf.Rank.R2>([width, linearFactor], splitSeed(seed, 'gate')),
      gateBias: constant<tf.Rank.R1>([linearFactor], 0),
      out: glorotUniform<tf.Rank.R3>([hidden, linearFactor, width], splitSeed(seed, 'out')),
      outBias: constant<tf.Rank.R1>([width], 0),
    };
  },
  apply(params: Variables, x: BTD): BTD {
    const p = params as { hidden: Weight; gate: Weight; out: tf.Variable<tf.Rank.R3> } & Record<string, Bias>;
    return tf.tidy(() => {
      const h = silu(project(x, p.hidden, p['hiddenBias']));
      const g = silu(project(x, p.gate, p['gateBias']));
      const [B, T, hidden] = h.shape;
      const factor = g.shape[2];
      const width = p.out.shape[2];
      // every product h_i g_j of a token in one row: the sum over i and j becomes one matrix product
      const pairs = tf.mul(tf.reshape(h, [B * T, hidden, 1]), tf.reshape(g, [B * T, 1, factor]));
      const out: tf.Tensor2D = tf.reshape(p.out, [hidden * factor, width]);
      return project(tf.reshape<tf.Rank.R3>(pairs, [B, T, hidden * factor]), out, p['outBias']);
    });
  },
  parameters(width: number, { hidden = width, linearFactor = 8 }: FeedForwardOptions = {}) {
    return (width + 1) * (hidden + linearFactor) + hidden * linearFactor * width + width;
  },
});

/** No feed-forward: adds nothing. For attention-only models, such as the recall benchmark's. */
export const none: FeedForward = Object.freeze({
  name: 'none',
  init: () => ({}),
  apply: (_: Variables, x: BTD): BTD => tf.zerosLike(x),
  parameters: () => 0,
});

/** Every feed-forward, by name. */
export const feedForwards = Object.freeze({ mlp, swiglu, feedForward2, none });

import type { BHTK } from '../core/tf';
import { tf } from '../core/tf';

/** phi, applied to queries and keys alike: attention weights become phi(q) · phi(k), so sums over tokens can be kept as a state. */
export interface FeatureMap {
  readonly name: string;
  readonly title: string;
  /** In TeX. */
  readonly equation: string;
  /** Features made of K channels. */
  width(channels: number): number;
  /** `[B, H, T, K]` -> `[B, H, T, width(K)]`, any float32. */
  apply(x: BHTK): BHTK;
}

const same = (channels: number): number => channels;

/** No map: unnormalised linear attention. Weights may be negative. */
export const identity: FeatureMap = Object.freeze({
  name: 'identity',
  title: 'identity',
  equation: String.raw`\phi(x) = x`,
  width: same,
  apply: (x: BHTK) => x,
});

/** max(x, 0). Weights may all be zero. */
export const relu: FeatureMap = Object.freeze({
  name: 'relu',
  title: 'ReLU',
  equation: String.raw`\phi(x) = \max(x, 0)`,
  width: same,
  apply: (x: BHTK): BHTK => tf.relu(x),
});

/** x², channel by channel. */
export const square: FeatureMap = Object.freeze({
  name: 'square',
  title: 'square',
  equation: String.raw`\phi(x) = x \odot x`,
  width: same,
  apply: (x: BHTK): BHTK => tf.square(x),
});

/**
 * ELU + 1: x + 1 above zero, e^x below. Positive, so a normaliser never vanishes exactly.
 *
 * Katharopoulos et al. 2020, https://arxiv.org/abs/2006.16236.
 */
export const elu1: FeatureMap = Object.freeze({
  name: 'elu1',
  title: 'ELU + 1',
  equation: String.raw`\phi(x) = \mathrm{elu}(x) + 1`,
  width: same,
  apply: elu1Of,
});

function elu1Of(x: BHTK): BHTK {
  const taped = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const given = input as tf.Tensor;
    // relu(x) + e^min(x, 0): elu(x) + 1 would round e^x away below -16
    const value = tf.add(tf.relu(given), tf.exp(tf.minimum(given, 0)));
    (save as tf.GradSaveFunc)([value]);
    return {
      value,
      // the derivative is 1 above zero and the value itself below
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.minimum(saved[0] as tf.Tensor, 1)),
    };
  });
  return taped(x) as BHTK;
}

/**
 * The Taylor map of order two: phi(q) · phi(k) = 1 + z + z²/2 with z = q·k / sqrt(K), the start of the series of e^z. Never below 1/2.
 *
 * phi(x) = [1 ; x / K^(1/4) ; vec(x xᵀ) / sqrt(2 K)], so 1 + K + K² features (273 for K = 16). Every product x_i x_j with i ≠ j
 * appears twice; a packed map would keep (K + 1)(K + 2)/2 of them (153). Arora et al. 2024, https://arxiv.org/abs/2402.18668.
 *
 * @example
 * taylor2.width(16); // 273
 */
export const taylor2: FeatureMap = Object.freeze({
  name: 'taylor2',
  title: 'Taylor, order 2',
  equation: String.raw`\phi(x) = \left[1,\; x / K^{1/4},\; \mathrm{vec}(x x^\top) / \sqrt{2K}\right]`,
  width: (channels: number) => 1 + channels + channels * channels,
  apply(x: BHTK): BHTK {
    const [B, H, T, K] = x.shape;
    const rows = B * H * T;
    const second = tf.mul(tf.reshape(x, [rows, K, 1]), tf.reshape(x, [rows, 1, K]));
    return tf.concat(
      [
        tf.ones<tf.Rank.R4>([B, H, T, 1]),
        tf.mul<BHTK>(x, K ** -0.25),
        tf.mul<BHTK>(tf.reshape<tf.Rank.R4>(second, [B, H, T, K * K]), (2 * K) ** -0.5),
      ],
      3,
    );
  },
});

/** Every feature map, by name. */
export const featureMaps = Object.freeze({ identity, relu, elu1, square, taylor2 });

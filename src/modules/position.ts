import { expect, expectInteger, ShapeError } from '../core/errors';
import type { Seed } from '../core/random';
import type { BHTK, Matrix } from '../core/tf';
import { tf } from '../core/tf';
import { normal } from './initializers';

/**
 * Rotary positions: turns each pair of channels (i, i + K/2) of token t by the angle (offset + t) · base^(-2i/K), so that q·k of two
 * tokens depends on their distance alone.
 *
 * `[B, H, T, K]` -> the same shape; `offset` is the position of the first token. Pairs are the two halves of the head, as in GPT-NeoX;
 * the paper pairs neighbours, which is the same up to an order of the channels. Throws `ShapeError` if K is odd.
 * Su et al. 2021, https://arxiv.org/abs/2104.09864.
 *
 * @example
 * const q = rotary(splitHeads(project(x, params.q), 4), offset);
 */
export function rotary(x: BHTK, offset = 0, base = 10000): BHTK {
  const [, , T, K] = x.shape;
  if (K % 2 !== 0) {
    throw new ShapeError(
      `rotary: argument 'x' must have an even number of channels, got [${x.shape.join(', ')}]`,
    );
  }
  const half = K / 2;
  const cosine = new Float32Array(T * half);
  const sine = new Float32Array(T * half);
  for (let i = 0; i < half; i++) {
    const frequency = base ** (-i / half);
    for (let t = 0; t < T; t++) {
      const angle = (offset + t) * frequency;
      cosine[t * half + i] = Math.cos(angle);
      sine[t * half + i] = Math.sin(angle);
    }
  }
  return tf.tidy(() => {
    const cos = tf.tensor4d(cosine, [1, 1, T, half]);
    const sin = tf.tensor4d(sine, [1, 1, T, half]);
    const first: BHTK = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, half]);
    const second: BHTK = tf.slice(x, [0, 0, 0, half], [-1, -1, -1, half]);
    return tf.concat(
      [
        tf.sub<BHTK>(tf.mul(first, cos), tf.mul(second, sin)),
        tf.add<BHTK>(tf.mul(second, cos), tf.mul(first, sin)),
      ],
      3,
    );
  });
}

/**
 * Fixed sine and cosine positions `[T, D]`, to be added to an embedding: sin in even channels, cos in odd ones, wavelengths from 2π to
 * 20000π.
 *
 * Vaswani et al. 2017, https://arxiv.org/abs/1706.03762.
 *
 * @example
 * const x = tf.add(embedded, sinusoidal(time, width));
 */
export function sinusoidal(time: number, width: number, offset = 0): Matrix {
  expectInteger(time, 'sinusoidal', 'time');
  expectInteger(width, 'sinusoidal', 'width');
  expectInteger(offset, 'sinusoidal', 'offset', 0);
  const values = new Float32Array(time * width);
  for (let i = 0; i < width; i++) {
    const even = i - (i % 2);
    const frequency = 10000 ** (-even / width);
    for (let t = 0; t < time; t++) {
      const angle = (offset + t) * frequency;
      values[t * width + i] = i === even ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return tf.tensor2d(values, [time, width]);
}

/** The parameters of {@link learnedPositions}: one trained vector per position, `[context, D]`. */
export interface LearnedPositionParams {
  readonly table: tf.Variable<tf.Rank.R2>;
  readonly [name: string]: tf.Variable;
}

/**
 * One trained vector per position, added to the embedding, as in GPT-2 (normal, deviation 0.02).
 *
 * @example
 * const positions = learnedPositions.init(256, 64, 1);
 * const x = tf.add(embedded, learnedPositions.apply(positions, time));
 */
export const learnedPositions = Object.freeze({
  init(context: number, width: number, seed: Seed): LearnedPositionParams {
    expectInteger(context, 'learnedPositions', 'context');
    expectInteger(width, 'learnedPositions', 'width');
    return { table: normal<tf.Rank.R2>([context, width], 0.02, seed) };
  },

  /** `[T, D]` for the tokens from `offset` on. Throws `ConfigError` past the context. */
  apply({ table }: LearnedPositionParams, time: number, offset = 0): Matrix {
    const [context, width] = table.shape;
    const end = offset + time;
    expect(end <= context, 'learnedPositions', 'time', `within the context of ${context} positions`, end);
    return tf.slice(table, [offset, 0], [time, width]);
  },
});

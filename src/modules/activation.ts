import { tf } from '../core/tf';

type Unary = (x: tf.Tensor) => tf.Tensor;

/** An elementwise function with its derivative in closed form: fewer ops than the tape would record. */
function elementwise<T extends tf.Tensor>(x: T, value: Unary, derivative: Unary): T {
  const taped = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: value(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, derivative(saved[0] as tf.Tensor)),
    };
  });
  return tf.tidy(() => taped(x) as T);
}

/** The normal distribution function (1 + erf(x / sqrt 2)) / 2. */
function normalCdf(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

/**
 * GELU in its exact form, x · P(N(0,1) <= x), any shape. Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
 *
 * @example
 * gelu(tf.tensor1d([-1, 0, 1])).print(); // -0.1587, 0, 0.8413
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return elementwise(
    x,
    (a) => tf.mul(a, normalCdf(a)),
    (a) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(a), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.add(normalCdf(a), tf.mul(a, density));
    },
  );
}

/**
 * SiLU, also called swish: x · sigmoid(x), any shape.
 *
 * @example
 * silu(tf.tensor1d([-1, 0, 1])).print(); // -0.2689, 0, 0.7311
 */
export function silu<T extends tf.Tensor>(x: T): T {
  return elementwise(
    x,
    (a) => tf.mul(a, tf.sigmoid(a)),
    (a) => {
      const s = tf.sigmoid(a);
      return tf.mul(s, tf.add(tf.mul(a, tf.sub(1, s)), 1));
    },
  );
}

/** The one place where TensorFlow.js is imported; everything else imports `tf` from here. */
import * as tf from '@tensorflow/tfjs';

export { tf };

// Axis letters used in every type, docstring and error message:
// B batch, T time (tokens), D model width, H heads, K key width per head, V value width per head.

/** `[B, T, D]`: a batch of sequences of model vectors. */
export type BTD = tf.Tensor3D;
/** `[B, H, T]`: one number per head and token. */
export type BHT = tf.Tensor3D;
/** `[B, H, T, K]`: queries or keys. */
export type BHTK = tf.Tensor4D;
/** `[B, H, T, V]`: values or outputs. */
export type BHTV = tf.Tensor4D;
/** `[B, T]`: token ids, int32. */
export type BT = tf.Tensor2D;
/** `[rows, columns]`: a weight matrix. */
export type Matrix = tf.Tensor2D;
/** `[size]`: a bias or scale. */
export type Vector = tf.Tensor1D;

import { ConfigError, ShapeError } from '../core/errors';
import { randomNormal, splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import { allOrNothing } from '../core/allOrNothing';
import { disposeTree } from '../core/tree';
import type { BHT, BHTV } from '../core/tf';
import { tf } from '../core/tf';
import type { AttentionVariant, Config, Inputs, Params, State } from './variant';

/**
 * Some inputs for a variant's mix: random normal `x` sent through `init` and `project`.
 *
 * Returns the inputs alone; nothing else stays allocated. The same seed gives the same numbers.
 *
 * @example
 * const inputs = sampleInputs(linear, { width: 64, heads: 4 }, { batch: 1, time: 32, seed: 0 });
 */
export function sampleInputs<P extends Params, I extends Inputs, S extends State, C extends Config>(
  variant: AttentionVariant<P, I, S, C>,
  config: C,
  { batch, time, seed }: { readonly batch: number; readonly time: number; readonly seed: Seed },
): I {
  const params = allOrNothing(() => variant.init(config, splitSeed(seed, 'parameters')));
  try {
    return tf.tidy(() => {
      const x = randomNormal<tf.Rank.R3>([batch, time, config.width], 0, 1, splitSeed(seed, 'x'));
      const projected: tf.TensorContainerObject = variant.project(params, x, config);
      return projected;
    }) as I;
  } finally {
    disposeTree(params);
  }
}

/**
 * The inputs of tokens `begin` to `begin + size`: `[B, H, T, X]` and `[B, H, T]` are cut along time, anything of lower rank is
 * shared by all tokens and passed on.
 */
export function sliceTime<I extends Inputs>(inputs: I, begin: number, size: number): I {
  const cut = Object.entries(inputs).map(([name, tensor]): [string, tf.Tensor] => {
    if (tensor.rank === 4) return [name, tf.slice(tensor as BHTV, [0, 0, begin, 0], [-1, -1, size, -1])];
    if (tensor.rank === 3) return [name, tf.slice(tensor as BHT, [0, 0, begin], [-1, -1, size])];
    return [name, tensor];
  });
  return Object.fromEntries(cut) as Inputs as I;
}

/**
 * Runs the recurrent form over a whole sequence, one token at a time: outputs `[B, H, T, V]` and the state after the last token.
 *
 * Returns those alone; T steps, state of constant size unless the variant says otherwise. Throws `ConfigError` if the variant has
 * no recurrent form, with the reason.
 *
 * @example
 * const { o, state } = runRecurrent(linear, inputs);
 */
export function runRecurrent<P extends Params, I extends Inputs, S extends State, C extends Config>(
  variant: AttentionVariant<P, I, S, C>,
  inputs: I,
): { o: BHTV; state: S } {
  const { recurrent, meta } = variant;
  if (!recurrent) {
    throw new ConfigError(
      `runRecurrent: argument 'variant' must have a recurrent form, got '${meta.name}': ${meta.absent?.recurrent}`,
    );
  }
  const { v } = inputs;
  const result = tf.tidy((): tf.TensorContainerObject => {
    const outputs: BHTV[] = [];
    let state = recurrent.initialState(inputs);
    for (let t = 0; t < v.shape[2]; t++) {
      const [next, o] = recurrent.step(state, sliceTime(inputs, t, 1));
      outputs.push(o);
      state = next;
    }
    const o: BHTV = tf.concat(outputs, 2);
    return { o, state: { ...state } };
  });
  return result as unknown as { o: BHTV; state: S };
}

/**
 * The T×T weights a variant really applies, `[B, H, T, T]`: row i holds what token i reads from each token j.
 *
 * Every variant is linear in `v`, so its parallel form fed with `v = I` returns its map. Rows need not sum to one. O(T²) memory.
 *
 * @example
 * const map = attentionMap(softmax, inputs); // tf.matMul(map, inputs.v) equals softmax.parallel(inputs)
 */
export function attentionMap<P extends Params, I extends Inputs, S extends State, C extends Config>(
  variant: AttentionVariant<P, I, S, C>,
  inputs: I,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [B, H, T] = inputs.v.shape;
    const v: BHTV = tf.tile(tf.reshape(tf.eye(T), [1, 1, T, T]), [B, H, 1, 1]);
    return variant.parallel({ ...inputs, v });
  });
}

/**
 * The largest absolute difference between two tensors of the same shape; NaN if either holds one. Throws `ShapeError`.
 *
 * @example
 * maxDifference(linear.parallel(inputs), linear.chunkwise(inputs, 16)); // about 1e-7
 */
export function maxDifference(a: tf.Tensor, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) {
    throw new ShapeError(
      `maxDifference: argument 'b' must have shape [${a.shape.join(', ')}] as 'a', got [${b.shape.join(', ')}]`,
    );
  }
  const [left, right] = [a.dataSync(), b.dataSync()];
  let worst = 0;
  for (let i = 0; i < left.length; i++) {
    const difference = Math.abs((left[i] as number) - (right[i] as number));
    if (Number.isNaN(difference)) return NaN;
    worst = Math.max(worst, difference);
  }
  return worst;
}

import { disposeTree, leaves } from '../../../src/core/tree';
import { randomNormal, splitSeed } from '../../../src/core/random';
import type { BTD, BHTV } from '../../../src/core/tf';
import { tf } from '../../../src/core/tf';
import type { Inputs, Params } from '../../../src/attention/variant';
import { runRecurrent } from '../../../src/attention/forms';
import type { AnyRow } from '../rows/row';
import { differentiable } from './reference';

/** Parameters moved off their initial values: zero biases and uniform kernels would hide mistakes. */
export function sampleParams(row: AnyRow, seed: number): Params {
  const params = row.variant.init(row.config, splitSeed(seed, 'init')) as Params;
  for (const [path, variable] of leaves<tf.Variable>(params)) {
    tf.tidy(() =>
      variable.assign(tf.add(variable, randomNormal(variable.shape, 0, 0.3, splitSeed(seed, path)))),
    );
  }
  return params;
}

/** Random normal x `[B, T, D]`. */
export function sampleX(row: AnyRow, batch: number, time: number, seed: number): BTD {
  return randomNormal<tf.Rank.R3>([batch, time, row.config.width], 0, 1, splitSeed(seed, 'x'));
}

/** Sizes of a sample; `time: 'V'` makes T equal to the value width. */
export interface SampleOptions {
  readonly batch?: number;
  readonly time?: number | 'V';
  readonly seed?: number;
}

/** Mix inputs from moved parameters and random x; nothing else stays allocated. */
export function sampleMix(row: AnyRow, { batch = 2, time = 7, seed = 1 }: SampleOptions = {}): Inputs {
  const params = sampleParams(row, seed);
  const mix = (T: number): Inputs =>
    tf.tidy(() => row.variant.project(params, sampleX(row, batch, T, seed), row.config) as Inputs);
  let inputs = mix(time === 'V' ? 1 : time);
  if (time === 'V') {
    const V = inputs.v.shape[3];
    tf.dispose(inputs);
    inputs = mix(V);
  }
  disposeTree(params);
  return inputs;
}

/** Runs `body` on sampled mix inputs and frees them. */
export function withMix(row: AnyRow, options: SampleOptions, body: (inputs: Inputs) => void): void {
  const inputs = sampleMix(row, options);
  try {
    tf.tidy(() => body(inputs));
  } finally {
    disposeTree(inputs);
  }
}

/** A form as a function of its inputs, with a readable name. */
export interface Form {
  readonly title: string;
  run(inputs: Inputs): BHTV;
}

/** Every form a variant has besides `parallel`; `chunks` are the block lengths to try. */
export function otherForms({ variant }: AnyRow, chunks: readonly number[]): Form[] {
  const forms: Form[] = [];
  if (variant.recurrent) forms.push({ title: 'recurrent', run: (inputs) => runRecurrent(variant, inputs).o });
  if (variant.chunkwise) {
    for (const chunk of new Set(chunks))
      forms.push({
        title: `chunkwise ${chunk}`,
        run: (inputs) => variant.chunkwise?.(inputs, chunk) as BHTV,
      });
  }
  return forms;
}

/** The gradient of sum(weights * form) for every differentiable input, by name. */
export function inputGradients(
  run: Form['run'],
  inputs: Inputs,
  weights: tf.Tensor,
): Map<string, Float32Array> {
  const names = differentiable(inputs);
  const found = new Map<string, Float32Array>();
  tf.tidy(() => {
    const gradient = tf.grads((...values: tf.Tensor[]) => {
      const entries = names.map((name, i): [string, tf.Tensor] => [name, values[i] as tf.Tensor]);
      return tf.sum(tf.mul(run({ ...inputs, ...Object.fromEntries(entries) }), weights));
    });
    const results = gradient(names.map((name) => inputs[name] as tf.Tensor));
    names.forEach((name, i) => found.set(name, (results[i] as tf.Tensor).dataSync() as Float32Array));
  });
  return found;
}

/** The whole layer: project, mix, output. */
export function layer(row: AnyRow, params: Params, x: BTD, mix: Form['run'] = row.variant.parallel): BTD {
  const { variant, config } = row;
  return variant.output(params, mix(variant.project(params, x, config)), x, config);
}

/** Every form of a variant, `parallel` first. */
export function allForms(row: AnyRow, chunks: readonly number[]): Form[] {
  return [{ title: 'parallel', run: row.variant.parallel }, ...otherForms(row, chunks)];
}

import type { Params } from '../attention/variant';
import { FileError } from '../core/errors';
import { tf } from '../core/tf';
import { leaves } from '../core/tree';

/** One trained variable with its dotted path in the parameter tree. */
export interface Parameter {
  readonly path: string;
  readonly variable: tf.Variable;
}

/** Every variable once (a tied one under its first path), in the fixed order of `leaves`. */
export function listParameters(tree: Params): readonly Parameter[] {
  const seen = new Set<tf.Variable>();
  const list: Parameter[] = [];
  for (const [path, variable] of leaves(tree)) {
    if (seen.has(variable)) continue;
    seen.add(variable);
    list.push({ path, variable });
  }
  return list;
}

/** A variable's numbers in an array of their own. */
export function readValues(variable: tf.Tensor): Float32Array {
  // on the cpu backend dataSync is the tensor's own memory; a copy may be kept and changed
  return variable.dataSync<'float32'>().slice();
}

/** Gives a variable new numbers. `values` belongs to the tensor afterwards: backends may go on reading it. */
export function writeValues(variable: tf.Variable, values: Float32Array): void {
  const next = tf.tensor(values, variable.shape, 'float32');
  variable.assign(next);
  next.dispose();
}

/** Weights as plain arrays, by path. */
export type Weights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array }
>;

/** Copies all weights out of a model. */
export function readWeights(parameters: readonly Parameter[]): Weights {
  return new Map(
    parameters.map(({ path, variable }) => [path, { shape: variable.shape, values: readValues(variable) }]),
  );
}

/**
 * Copies weights into a model, all or none. Throws `FileError` naming the first parameter that is missing, unknown or of
 * another shape.
 */
export function writeWeights(parameters: readonly Parameter[], weights: Weights, where: string): void {
  for (const { path, variable } of parameters) {
    const shape = weights.get(path)?.shape;
    if (!shape) throw new FileError(`${where}: it must hold the parameter '${path}', but does not`);
    if (shape.join() !== variable.shape.join()) {
      throw new FileError(
        `${where}: parameter '${path}' must have shape [${variable.shape.join(', ')}], got [${shape.join(', ')}]`,
      );
    }
  }
  const known = new Set(parameters.map(({ path }) => path));
  for (const path of weights.keys()) {
    if (!known.has(path)) throw new FileError(`${where}: it holds '${path}', which this model does not have`);
  }
  for (const { path, variable } of parameters) {
    const saved = weights.get(path);
    if (saved) writeValues(variable, saved.values.slice());
  }
}

import { ShapeError } from './errors';
import type { tf } from './tf';

type Letters<S extends string> = S extends `${infer C}${infer Rest}`
  ? (C extends Digit ? never : C) | Letters<Rest>
  : never;
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/**
 * Binds axis letters to lengths and checks that they agree across tensors.
 *
 * A capital letter names an axis and must have the same length wherever it appears; a digit demands exactly that
 * length. Returns the bound lengths. Throws a {@link ShapeError} whose sentence names the tensor and the axis.
 *
 * @example
 * const { B, T } = dims('linear.parallel', { q: [q, 'BHTK'], k: [k, 'BHTK'], v: [v, 'BHTV'] });
 */
export function dims<const Spec extends Record<string, readonly [tf.Tensor, string]>>(
  where: string,
  spec: Spec,
): Record<Letters<Spec[keyof Spec][1]>, number> {
  const bound = new Map<string, { length: number; by: string }>();
  for (const [name, [tensor, letters]] of Object.entries(spec)) {
    const shape = tensor?.shape;
    const wanted = [...letters].join(', ');
    if (!Array.isArray(shape))
      throw new ShapeError(`${where}: argument '${name}' must be a tensor [${wanted}], got ${typeof tensor}`);
    if (shape.length !== letters.length) {
      throw new ShapeError(
        `${where}: argument '${name}' must have shape [${wanted}], got [${shape.join(', ')}]`,
      );
    }
    [...letters].forEach((letter, axis) => {
      const length = shape[axis] as number;
      const earlier = bound.get(letter);
      const expected = /\d/.test(letter) ? Number(letter) : earlier?.length;
      if (expected === undefined) bound.set(letter, { length, by: name });
      else if (expected !== length) {
        const reason = earlier
          ? `${letter} = ${expected} as in '${earlier.by}'`
          : `length ${expected} at axis ${axis}`;
        throw new ShapeError(
          `${where}: argument '${name}' must have shape [${wanted}] with ${reason}, got [${shape.join(', ')}]`,
        );
      }
    });
  }
  const lengths: Record<string, number> = {};
  for (const [letter, { length }] of bound) lengths[letter] = length;
  return lengths;
}

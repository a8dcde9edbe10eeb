import { expect } from 'chai';
import type { tf } from '../../src/core/tf';

/** Numbers as they may come: a tensor or anything indexable. */
export type Numbers = tf.Tensor | ArrayLike<number>;

/** The numbers of a tensor or list. */
export function numbersOf(x: Numbers): ArrayLike<number> {
  return 'dataSync' in x ? x.dataSync() : x;
}

/** The largest difference between two lists, relative to 1 + the largest expected magnitude; NaN counts as infinite. */
export function relativeError(actual: Numbers, expected: Numbers): number {
  const [a, e] = [numbersOf(actual), numbersOf(expected)];
  if (a.length !== e.length) return Infinity;
  let scale = 1;
  for (let i = 0; i < e.length; i++) scale = Math.max(scale, Math.abs(e[i] ?? NaN));
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? NaN) - (e[i] ?? NaN)) / scale;
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst;
}

/** Fails unless two lists agree to `tolerance`, relative to the largest expected magnitude (at least 1). */
export function expectClose(actual: Numbers, expected: Numbers, tolerance: number, what: string): void {
  const error = relativeError(actual, expected);
  expect(error, `${what}: largest difference relative to the largest expected number`).to.be.at.most(
    tolerance,
  );
}

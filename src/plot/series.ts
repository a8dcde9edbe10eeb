import { demand, round } from './figure';

/** One point of a thinned curve; `low` and `high` are there when it stands for several points. */
export type CurvePoint = {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
};

/**
 * A curve with at most `most` points: runs of neighbours become their mean with their smallest and largest value, so
 * that a spike never disappears. Numbers that are not finite are left out; the first and the last point are kept as they are.
 */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>, most: number): CurvePoint[] {
  const finite = Array.from(y, (value, at) => ({ x: x[at] as number, y: value })).filter((point) =>
    Number.isFinite(point.y),
  );
  if (finite.length <= most) return finite.map((point) => ({ x: round(point.x, 6), y: round(point.y) }));
  const ends = [finite[0], finite[finite.length - 1]] as const;
  const inner = finite.slice(1, -1);
  const run = inner.length / (most - 2);
  const points = Array.from({ length: most - 2 }, (_, n): CurvePoint => {
    const part = inner.slice(Math.floor(n * run), Math.floor((n + 1) * run));
    const values = part.map((point) => point.y);
    return {
      x: round(part.reduce((sum, point) => sum + point.x, 0) / part.length, 6),
      y: round(values.reduce((sum, value) => sum + value, 0) / part.length),
      low: round(Math.min(...values)),
      high: round(Math.max(...values)),
    };
  });
  const end = (point: { x: number; y: number } | undefined) =>
    point ? [{ x: round(point.x, 6), y: round(point.y) }] : [];
  return [...end(ends[0]), ...points, ...end(ends[1])];
}

/** Throws `FigureError` unless both lists have the same length. */
export function checkPairs(
  where: string,
  argument: string,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): void {
  demand(x.length === y.length, where, argument, `as many losses as steps (${x.length})`, y.length);
}

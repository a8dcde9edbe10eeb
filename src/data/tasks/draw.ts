import type { Random } from '../../core/random';

/** `count` different integers from [low, high] in random order, every ordered choice equally likely. O(count). */
export function distinct(random: Random, count: number, low: number, high: number): Int32Array {
  // Fisher-Yates on an array that is never written out: only the entries that were swapped are kept
  const moved = new Map<number, number>();
  const at = (place: number): number => moved.get(place) ?? place;
  const drawn = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = random.integer(low + i, high);
    drawn[i] = at(place);
    moved.set(place, at(low + i));
  }
  return drawn;
}

/**
 * Indices of `weights` drawn one after the other without replacement, each time in proportion to the weights that are
 * left (Plackett-Luce); the first `count` of them. O(n log n).
 */
export function weightedOrder(random: Random, count: number, weights: Float64Array): Int32Array {
  // competing exponential clocks: the one with weight w rings first with probability w / (sum of all), and so on
  const times = weights.map((weight) => -Math.log(1 - random.uniform()) / weight);
  const order = Int32Array.from(weights, (_, i) => i);
  order.sort((a, b) => (times[a] as number) - (times[b] as number));
  return order.subarray(0, count);
}

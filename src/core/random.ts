import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { tf } from './tf';

/** A seed: any integer. The same seed gives the same numbers on every backend and machine. */
export type Seed = number;

/** Derives an independent seed for a named part, so that adding one parameter does not reshuffle the others. */
export function splitSeed(seed: Seed, name: string | number): Seed {
  // FNV-1a over seed and name, then a finaliser: neighbouring seeds must not give neighbouring streams.
  // the seed enters as text only: mixed into the start value too, its last digit would cancel itself.
  let hash = 0x811c9dc5;
  for (const char of `${seed}/${name}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of random numbers whose whole state can be saved and restored (xoroshiro128+). */
export class Random {
  private readonly generator;

  /** Starts a stream from a seed, or continues one from a saved {@link state}. */
  constructor(source: Seed | readonly number[]) {
    this.generator =
      typeof source === 'number' ? xoroshiro128plus(source) : xoroshiro128plusFromState(source);
  }

  /** The state to hand to the constructor later: four integers. */
  get state(): readonly number[] {
    return this.generator.getState();
  }

  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return uniformInt(this.generator, low, high);
  }

  /** A number in [0, 1). */
  uniform(): number {
    return uniformFloat32(this.generator);
  }

  /** A number from the standard normal distribution (Box-Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles an array in place (Fisher-Yates) and returns it. */
  shuffle<A extends { length: number; [i: number]: number }>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      const kept = array[i] as number;
      array[i] = array[j] as number;
      array[j] = kept;
    }
    return array;
  }
}

function filled<R extends tf.Rank>(shape: tf.ShapeMap[R], draw: () => number): tf.Tensor<R> {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return tf.tensor(values, shape, 'float32');
}

/** Uniform float32 numbers in [low, high). The same on every backend. */
export function randomUniform<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  low: number,
  high: number,
  seed: Seed,
): tf.Tensor<R> {
  const random = new Random(seed);
  return filled<R>(shape, () => low + (high - low) * random.uniform());
}

/** Normally distributed float32 numbers with the given mean and standard deviation. The same on every backend. */
export function randomNormal<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  mean: number,
  deviation: number,
  seed: Seed,
): tf.Tensor<R> {
  const random = new Random(seed);
  return filled<R>(shape, () => mean + deviation * random.normal());
}

import { ConfigError, show } from '../core/errors';
import { Random, type Seed } from '../core/random';

/** A random stream whose position can be written down as plain JSON and taken up again later. */
export interface Resumable {
  readonly random: Random;
  /** `{source, random}`: what the stream belongs to and the four integers of its generator. */
  readonly state: unknown;
  restore(state: unknown): void;
}

/**
 * Starts a stream for a batch source. `source` names the source with everything that decides its batches (sizes, seed,
 * a fingerprint of the text): a state saved from another source is refused, since the continued run would silently
 * differ from the uninterrupted one.
 *
 * @throws ConfigError from `restore` when the state is malformed or belongs to another source.
 */
export function resumable(source: string, seed: Seed): Resumable {
  let random = new Random(seed);
  return {
    get random() {
      return random;
    },
    get state() {
      return { source, random: [...random.state] };
    },
    restore(state) {
      random = new Random(generatorState(state, source));
    },
  };
}

function generatorState(state: unknown, source: string): number[] {
  if (typeof state !== 'object' || state === null || !('source' in state) || !('random' in state))
    throw new ConfigError(`restore: argument 'state' must be {source, random}, got ${show(state)}`);
  if (state.source !== source)
    throw new ConfigError(
      `restore: argument 'state' must come from the same source '${source}', got one from ${show(state.source)}`,
    );
  const numbers = state.random;
  const valid =
    Array.isArray(numbers) &&
    numbers.length === 4 &&
    numbers.every((n) => Number.isInteger(n) && n === (n | 0)) &&
    numbers.some((n) => n !== 0); // the all-zero state would yield zeros for ever
  if (!valid)
    throw new ConfigError(
      `restore: argument 'state.random' must be four 32-bit integers, not all zero, got ${show(numbers)}`,
    );
  return numbers;
}

/** FNV-1a over token ids: tells two texts apart in a saved state without keeping either. */
export function fingerprint(ids: Int32Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < ids.length; i++) hash = Math.imul(hash ^ (ids[i] as number), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

import type { AnyAttention } from '../attention/variant';
import { suggestion } from '../core/suggest';

/** Fields of a variant's config that a model fills in itself, and the setting they come from. */
const given: Readonly<Record<string, string>> = { width: 'width', heads: 'heads', horizon: 'context' };

/** A key of `attentionConfig` that cannot stand there, and why: the rest of a sentence that began with the key. */
export interface RefusedSetting {
  readonly key: string;
  readonly reason: string;
}

/**
 * The first key of `settings` that none of the variants has, or that the model decides by itself; undefined if all are
 * good. In a hybrid it is enough that one variant has the setting.
 *
 * @example
 * refusedSetting([attentions.elita], { positionWidht: 3 })?.reason; // "is no setting of elita (did you mean ..."
 */
export function refusedSetting(
  variants: readonly AnyAttention[],
  settings: Readonly<Record<string, unknown>>,
): RefusedSetting | undefined {
  const known = [...new Set(variants.flatMap(({ meta }) => meta.settings))].filter(
    (name) => !(name in given),
  );
  const key = Object.keys(settings).find((name) => !known.includes(name));
  if (key === undefined) return undefined;
  const source = Object.hasOwn(given, key) ? given[key] : undefined;
  if (source !== undefined) return { key, reason: `follows from the model's '${source}': set that one` };
  const names = [...new Set(variants.map(({ meta }) => meta.name))].join(', ');
  const choice = known.length > 0 ? `it knows ${known.join(', ')}` : 'it has none';
  return { key, reason: `is no setting of ${names}${suggestion(key, known)}; ${choice}` };
}

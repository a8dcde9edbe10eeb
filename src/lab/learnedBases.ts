import { ConfigError } from '../core/errors';
import type { tf } from '../core/tf';
import { leaves } from '../core/tree';
import type { LanguageModel } from '../model/languageModel';
import type { SineBasis, SineHead } from '../modules/positionBasis';
import { sineParts } from '../modules/positionBasis';
import { basisFromParams } from '../modules/positionBasisTensors';

/** Position bases read out of a model. */
export interface LearnedBases {
  /** The heads of all layers, one layer after the other. */
  readonly basis: SineBasis;
  /** `L1 H1` (layer, head), ... in the same order. */
  readonly names: readonly string[];
}

type Parts = Partial<Record<keyof SineHead, tf.Variable>>;

/**
 * Reads the position bases of a model as plain numbers: every head of every layer whose basis has rows and columns, as ELiTA's has.
 * Throws `ConfigError` if no layer has one.
 *
 * @example
 * const { basis, names } = learnedBases(model);
 * await show(plot.basisPlot({ logits: pairLogits(basis, 64), weights: positionWeights(basis, 64), names }));
 */
export function learnedBases(model: Pick<LanguageModel, 'config' | 'parameters'>): LearnedBases {
  const { context: horizon, attentionConfig } = model.config;
  const span = typeof attentionConfig?.['span'] === 'number' ? attentionConfig['span'] : 1;
  const heads: SineHead[] = [];
  const names: string[] = [];
  for (const [layer, parts] of partsByLayer(model)) {
    if (!isWhole(parts)) continue;
    const found = basisFromParams(parts, { horizon, span }).heads;
    heads.push(...found);
    names.push(...found.map((_, head) => `L${layer + 1} H${head + 1}`));
  }
  if (heads.length === 0)
    throw new ConfigError(
      "learnedBases: argument 'model' must have a layer with a position basis of rows and columns, such as ELiTA's, got none",
    );
  return { basis: { horizon, span, heads }, names };
}

function partsByLayer({ parameters }: Pick<LanguageModel, 'parameters'>): Map<number, Parts> {
  const layers = new Map<number, Parts>();
  for (const [path, variable] of leaves(parameters)) {
    const [, layer, name] = /^blocks\.(\d+)\.attention\.basis\.(\w+)$/.exec(path) ?? [];
    const part = sineParts.find((one) => one === name);
    if (part) layers.set(Number(layer), { ...layers.get(Number(layer)), [part]: variable });
  }
  return layers;
}

function isWhole(parts: Parts): parts is Required<Parts> & Record<string, tf.Variable> {
  return sineParts.every((part) => part in parts);
}

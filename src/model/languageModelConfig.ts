import type { AnyAttention } from '../attention/variant';
import { ConfigError, expect, expectInteger } from '../core/errors';
import type { FeedForward } from '../modules/feedForward';
import type { Norm } from '../modules/norm';
import { refusedSetting } from './attentionSettings';

/**
 * How a language model is put together.
 *
 * There is no dropout, though several of the published trainings use some: without it, a step is a function of weights and batch
 * alone, and a run repeats and resumes to the last digit.
 */
export interface LanguageModelConfig {
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /** Model width D. */
  readonly width: number;
  /** Heads H. */
  readonly heads: number;
  /** How many blocks (attention + feed-forward). */
  readonly layers: number;
  /** The longest sequence the model is meant for: the length of learned positions and ELiTA's horizon. */
  readonly context: number;
  /** One variant, or a pattern that the layers repeat (a hybrid). */
  readonly attention: AnyAttention | readonly AnyAttention[];
  /**
   * Further settings handed to the variants, such as `{ valueWidth: 16 }`: names from their `meta.settings`. Width, heads
   * and horizon are the model's own and cannot stand here.
   */
  readonly attentionConfig?: Readonly<Record<string, unknown>>;
  /** Positions added to the embedding. Default 'none': many variants bring their own. */
  readonly positions?: 'none' | 'learned' | 'sinusoidal';
  readonly feedForward: FeedForward;
  /** Hidden width of the feed-forward, where it has one. */
  readonly feedForwardHidden?: number;
  /** How many linear maps ELiTA's feedForward2 mixes (its `linearFactor`); others ignore it. Default 8. */
  readonly feedForwardFactor?: number;
  readonly norm: Norm;
  /** Whether a norm follows the last block. Default 'same'; ELiTA has 'none'. */
  readonly finalNorm?: 'same' | 'none';
  /** 'tied' reads logits with the embedding itself, 'untied' with a matrix of its own. */
  readonly head: 'tied' | 'untied';
  /** ELiTA's "3-fold wrap": the whole stack is applied this many times with a bias per pass. Default 1. */
  readonly wraps?: number;
  /** ELiTA's look-up feed-forward on the logits: its hidden width. Default none. */
  readonly logitLookup?: number;
  /** Tokens per block of the chunkwise form. Default 64. */
  readonly chunk?: number;
}

/** Throws `ConfigError` naming the first setting that is wrong. */
export function checkConfig(config: LanguageModelConfig): void {
  for (const name of ['vocabulary', 'width', 'heads', 'layers', 'context'] as const) {
    expectInteger(config[name], 'languageModel', name);
  }
  for (const name of ['wraps', 'logitLookup', 'chunk', 'feedForwardHidden', 'feedForwardFactor'] as const) {
    if (config[name] !== undefined) expectInteger(config[name], 'languageModel', name);
  }
  const { attention, positions = 'none', finalNorm = 'same', head } = config;
  const pattern = [attention].flat() as readonly AnyAttention[];
  expect(
    pattern.length > 0 && pattern.every((variant) => typeof variant?.project === 'function'),
    'languageModel',
    'attention',
    'an attention variant or a list of them',
    attention,
  );
  const refused = config.attentionConfig && refusedSetting(pattern, config.attentionConfig);
  if (refused)
    throw new ConfigError(`languageModel: argument 'attentionConfig.${refused.key}' ${refused.reason}`);
  expect(
    ['none', 'learned', 'sinusoidal'].includes(positions),
    'languageModel',
    'positions',
    "'none', 'learned' or 'sinusoidal'",
    positions,
  );
  expect(['same', 'none'].includes(finalNorm), 'languageModel', 'finalNorm', "'same' or 'none'", finalNorm);
  expect(['tied', 'untied'].includes(head), 'languageModel', 'head', "'tied' or 'untied'", head);
}

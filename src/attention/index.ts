import { based } from './based';
import { depthwiseConvolution } from './depthwiseConvolution';
import { elita } from './elita';
import { elitaAddedDiagonal } from './elitaAddedDiagonal';
import { elitaAsPublished } from './elitaAsPublished';
import { fixedDecayConvolution } from './fixedDecayConvolution';
import { gatedConvolution } from './gatedConvolution';
import { learnedConvolution } from './learnedConvolution';
import { linear } from './linear';
import { linearAsPublished } from './linearAsPublished';
import { qllk } from './qllk';
import { slidingWindow } from './slidingWindow';
import { softmax } from './softmax';

/**
 * Every variant by its name. To add one: its file, its line here, its row in `test/attention/rows`.
 *
 * @example
 * for (const { meta } of Object.values(attentions)) console.log(meta.title, meta.cost.state);
 */
export const attentions = {
  softmax,
  elita,
  elitaAsPublished,
  elitaAddedDiagonal,
  qllk,
  linear,
  linearAsPublished,
  based,
  slidingWindow,
  gatedConvolution,
  learnedConvolution,
  fixedDecayConvolution,
  depthwiseConvolution,
} as const;

/** The name of a variant. */
export type AttentionName = keyof typeof attentions;

export { basedLayout } from './basedLayout';

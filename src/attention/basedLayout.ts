import { expectInteger } from '../core/errors';
import { based } from './based';
import { gatedConvolution } from './gatedConvolution';
import { slidingWindow } from './slidingWindow';
import type { AnyAttention } from './variant';

/** Where the 36-layer model (1.4B) has its linear attentions: the last two gaps are one layer wider. */
const published36 = [1, 6, 11, 16, 21, 27, 33];

/**
 * Based's mixture of mixers, one variant per layer: gated convolutions, and every few layers a linear attention followed by a sliding
 * window.
 *
 * Counting layers from 0, pairs start at 1, 6, 11, ... as long as both fit. That is the published 27-layer model (360M: linear attention
 * at 1, 6, 11, 16, 21); 36 layers (1.4B) are laid out as published, at 1, 6, 11, 16, 21, 27, 33. Depths too small for a pair end in the
 * linear attention, as in the paper's recall experiments: one layer is the linear attention alone, two are convolution and linear attention.
 * Throws `ConfigError` unless `layers` is a positive integer. Arora et al. 2024, https://arxiv.org/abs/2402.18668.
 *
 * @example
 * const model = languageModel({ ...sizes, layers: 4, attention: basedLayout(4) }, 1); // convolution, linear, window, convolution
 */
export function basedLayout(layers: number): readonly AnyAttention[] {
  expectInteger(layers, 'basedLayout', 'layers');
  const layout: AnyAttention[] = Array.from({ length: layers }, () => gatedConvolution);
  if (layers < 3) layout[layers - 1] = based;
  const pairs = layers === 36 ? published36 : Array.from({ length: layers }, (_, n) => 5 * n + 1);
  for (const first of pairs.filter((layer) => layer + 1 < layers)) {
    layout[first] = based;
    layout[first + 1] = slidingWindow;
  }
  return layout;
}

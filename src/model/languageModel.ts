import type { AnyAttention, Config, Inputs, Params, Recurrent, State } from '../attention/variant';
import { allOrNothing } from '../core/allOrNothing';
import { ConfigError, expect } from '../core/errors';
import type { Seed } from '../core/random';
import { splitSeed } from '../core/random';
import type { BT, BTD } from '../core/tf';
import { tf } from '../core/tf';
import { countParameters, disposeTree } from '../core/tree';
import { constant, normal } from '../modules/initializers';
import type { LearnedPositionParams } from '../modules/position';
import { learnedPositions, sinusoidal } from '../modules/position';
import { project } from '../ops/linalg';
import { checkIds } from './ids';
import type { LanguageModelConfig } from './languageModelConfig';
import { checkConfig } from './languageModelConfig';
import { initLogitLookup, lookUp } from './logitLookup';
import type { Trainable } from './trainable';

export type { LanguageModelConfig } from './languageModelConfig';

/** What decoding carries: how many tokens were read, and a state per layer and wrap. */
export interface ModelState {
  readonly offset: number;
  readonly layers: readonly State[];
}

/** A causal language model over one or several attention variants. */
export interface LanguageModel extends Trainable {
  readonly config: LanguageModelConfig;
  /** How many numbers are trained. */
  readonly parameterCount: number;
  /** The state before the first token. */
  initialState(): ModelState;
  /**
   * Reads one token per sequence, `ids` `[B]` int32: the next state and the logits `[B, vocabulary]`.
   * The caller disposes the old state. Throws `ConfigError` if a variant has no recurrent form or an id is outside the
   * vocabulary.
   */
  step(state: ModelState, ids: tf.Tensor1D): { readonly state: ModelState; readonly logits: tf.Tensor2D };
  /** Floats kept per sequence while decoding, after `time` tokens. */
  stateSize(time: number): number;
  /** What the mix of one layer (of the first wrap) works on, for maps and pictures. */
  attentionInputs(ids: BT, layer: number): Inputs;
}

type Mix = (index: number, normed: BTD) => BTD;

/**
 * Builds a language model: embedding, `layers` pre-norm blocks, head.
 *
 * x <- x + attention(norm(x)); x <- x + feedForward(norm(x)). The same seed gives the same weights.
 * Throws `ConfigError` naming the setting that is wrong.
 *
 * @example
 * const model = languageModel({ vocabulary: 96, width: 96, heads: 6, layers: 3, context: 128, attention: elita,
 *   feedForward: feedForward2, norm: plainLayerNorm, finalNorm: 'none', head: 'tied' }, 1);
 */
export function languageModel(config: LanguageModelConfig, seed: Seed): LanguageModel {
  checkConfig(config);
  const { vocabulary, width, layers, context, norm, feedForward } = config;
  const pattern = [config.attention].flat() as readonly AnyAttention[];
  const wraps = config.wraps ?? 1;
  const chunk = config.chunk ?? 64;
  const { feedForwardHidden: hidden, feedForwardFactor: linearFactor } = config;
  const sizes = {
    ...(hidden !== undefined && { hidden }),
    ...(linearFactor !== undefined && { linearFactor }),
  };
  const mixConfig: Config & { readonly horizon: number } = {
    ...config.attentionConfig,
    width,
    heads: config.heads,
    horizon: context,
  };
  const variants = Array.from(
    { length: layers },
    (_, layer) => pattern[layer % pattern.length] as AnyAttention,
  );
  const parameters = allOrNothing(init);
  const blocks = parameters['blocks'] as Readonly<Record<string, Readonly<Record<string, Params>>>>;

  function init(): Params {
    return {
      embedding: normal<tf.Rank.R2>([vocabulary, width], 0.02, splitSeed(seed, 'embedding')),
      ...(config.positions === 'learned' && {
        positions: learnedPositions.init(context, width, splitSeed(seed, 'positions')),
      }),
      ...(wraps > 1 && { wrapBias: constant<tf.Rank.R2>([wraps, width], 0) }),
      blocks: Object.fromEntries(
        variants.map((variant, layer) => [
          String(layer).padStart(2, '0'),
          {
            attention: variant.init(mixConfig, splitSeed(seed, `attention ${layer}`)) as Params,
            attentionNorm: norm.init(width),
            feedForward: feedForward.init(width, splitSeed(seed, `feedForward ${layer}`), sizes),
            feedForwardNorm: norm.init(width),
          },
        ]),
      ),
      ...(config.finalNorm !== 'none' && { finalNorm: norm.init(width) }),
      ...(config.head === 'untied' && {
        head: normal<tf.Rank.R2>([width, vocabulary], 0.02, splitSeed(seed, 'head')),
      }),
      ...(config.logitLookup !== undefined && {
        logitLookup: initLogitLookup(vocabulary, config.logitLookup, splitSeed(seed, 'logitLookup')),
      }),
    };
  }

  function block(layer: number): Readonly<Record<string, Params>> {
    return blocks[String(layer).padStart(2, '0')] as Readonly<Record<string, Params>>;
  }

  function embed(ids: BT, offset: number): BTD {
    const x = tf.gather(parameters['embedding'] as tf.Tensor, ids) as BTD;
    const time = ids.shape[1];
    if (config.positions === 'sinusoidal') return tf.add(x, sinusoidal(time, width, offset));
    if (config.positions !== 'learned') return x;
    const table = parameters['positions'] as LearnedPositionParams;
    return tf.add(x, learnedPositions.apply(table, time, offset));
  }

  function body(ids: BT, offset: number, mix: Mix): BTD {
    let x = embed(ids, offset);
    for (let wrap = 0; wrap < wraps; wrap++) {
      if (wraps > 1) x = tf.add(x, tf.slice(parameters['wrapBias'] as tf.Variable, [wrap, 0], [1, width]));
      for (let layer = 0; layer < layers; layer++) {
        const part = block(layer);
        x = tf.add(x, mix(wrap * layers + layer, norm.apply(part['attentionNorm'] as Params, x)));
        const normed = norm.apply(part['feedForwardNorm'] as Params, x);
        x = tf.add(x, feedForward.apply(part['feedForward'] as Params, normed));
      }
    }
    return config.finalNorm === 'none' ? x : norm.apply(parameters['finalNorm'] as Params, x);
  }

  function toLogits(x: BTD): tf.Tensor3D {
    const head =
      config.head === 'tied'
        ? tf.transpose(parameters['embedding'] as tf.Tensor2D)
        : (parameters['head'] as tf.Tensor2D);
    const logits: tf.Tensor3D = project(x, head);
    return config.logitLookup === undefined ? logits : lookUp(parameters['logitLookup'] as Params, logits);
  }

  function whole(inspect?: (index: number, inputs: Inputs) => void): Mix {
    return (index, normed) => {
      const variant = variants[index % layers] as AnyAttention;
      const params = block(index % layers)['attention'] as Params;
      const inputs = variant.project(params, normed, mixConfig) as Inputs;
      inspect?.(index, inputs);
      const mixed = variant.chunkwise ? variant.chunkwise(inputs, chunk) : variant.parallel(inputs);
      return variant.output(params, mixed, normed, mixConfig);
    };
  }

  return {
    config,
    parameters,
    vocabulary,
    parameterCount: countParameters(parameters),
    apply(ids) {
      checkIds('languageModel.apply', ids, vocabulary);
      return tf.tidy(() => toLogits(body(ids, 0, whole())));
    },
    initialState: () => ({ offset: 0, layers: [] }),

    step(state, ids) {
      checkIds('languageModel.step', ids, vocabulary);
      const forms = variants.map(recurrentForm);
      const next: State[] = [];
      try {
        const logits = tf.tidy(() => {
          const x = body(tf.reshape(ids, [-1, 1]), state.offset, (index, normed) => {
            const variant = variants[index % layers] as AnyAttention;
            const recurrent = forms[index % layers] as Recurrent<Inputs, State>;
            const params = block(index % layers)['attention'] as Params;
            const inputs = variant.project(params, normed, mixConfig, state.offset) as Inputs;
            const before = state.layers[index] ?? recurrent.initialState(inputs);
            const [after, mixed] = recurrent.step(before, inputs);
            next.push(after);
            for (const tensor of Object.values(after)) tf.keep(tensor);
            return variant.output(params, mixed, normed, mixConfig);
          });
          return tf.reshape<tf.Rank.R2>(toLogits(x), [-1, vocabulary]);
        });
        return { state: { offset: state.offset + 1, layers: next }, logits };
      } catch (error) {
        // kept tensors outlive the tidy
        disposeState({ offset: state.offset, layers: next }, state);
        throw error;
      }
    },

    stateSize: (time) =>
      wraps * variants.reduce((sum, variant) => sum + variant.stateSize(mixConfig, time), 0),

    attentionInputs(ids, layer) {
      checkIds('languageModel.attentionInputs', ids, vocabulary);
      expect(
        layer >= 0 && layer < layers,
        'languageModel.attentionInputs',
        'layer',
        `0 to ${layers - 1}`,
        layer,
      );
      return tf.tidy(() => {
        let found: Inputs | undefined;
        body(
          ids,
          0,
          whole((index, inputs) => {
            if (index === layer) found = inputs;
          }),
        );
        return found as Inputs & tf.TensorContainerObject;
      });
    },

    dispose: () => disposeTree(parameters),
  };
}

function recurrentForm({ recurrent, meta }: AnyAttention): Recurrent<Inputs, State> {
  if (recurrent) return recurrent;
  throw new ConfigError(
    `languageModel.step: argument 'attention' must have a recurrent form, got ${meta.name}: ${meta.absent?.recurrent ?? 'it has none'}`,
  );
}

/** Frees a decoding state, except for tensors that `kept`, the state after it, still uses. */
export function disposeState(state: ModelState, kept?: ModelState): void {
  const used = new Set(kept?.layers.flatMap((layer) => Object.values(layer)));
  for (const tensor of state.layers.flatMap((layer) => Object.values(layer)))
    if (!used.has(tensor)) tensor.dispose();
}

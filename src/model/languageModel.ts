import type { AnyAttention, Config, Inputs, Params, State } from '../attention/variant';
import { ConfigError, expect, expectInteger } from '../core/errors';
import type { Seed } from '../core/random';
import { randomNormal, splitSeed } from '../core/random';
import type { BT, BTD } from '../core/tf';
import { tf } from '../core/tf';
import { countParameters, disposeTree } from '../core/tree';
import type { FeedForward } from '../modules/feedForward';
import type { Norm } from '../modules/norm';
import { sinusoidal } from '../modules/position';
import { project } from '../ops/linalg';
import { initLogitLookup, lookUp } from './logitLookup';
import type { Trainable } from './trainable';

/** How a language model is put together. */
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
  /** Further settings handed to the variants, such as `{ valueWidth: 16 }`. */
  readonly attentionConfig?: Readonly<Record<string, unknown>>;
  /** Positions added to the embedding. Default 'none': many variants bring their own. */
  readonly positions?: 'none' | 'learned' | 'sinusoidal';
  readonly feedForward: FeedForward;
  /** Hidden width of the feed-forward, where it has one. */
  readonly feedForwardHidden?: number;
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
   * The caller disposes the old state. Throws `ConfigError` if a variant has no recurrent form.
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
  check(config);
  const { vocabulary, width, layers, context, norm, feedForward } = config;
  const pattern = [config.attention].flat() as readonly AnyAttention[];
  const wraps = config.wraps ?? 1;
  const chunk = config.chunk ?? 64;
  const hidden = config.feedForwardHidden === undefined ? {} : { hidden: config.feedForwardHidden };
  const mixConfig: Config = {
    width,
    heads: config.heads,
    horizon: context,
    ...config.attentionConfig,
  } as Config;
  const variants = Array.from(
    { length: layers },
    (_, layer) => pattern[layer % pattern.length] as AnyAttention,
  );
  const parameters = init();
  const blocks = parameters['blocks'] as Readonly<Record<string, Readonly<Record<string, Params>>>>;

  function matrix(name: string, shape: [number, number]): tf.Variable {
    return tf.tidy(() => tf.variable(randomNormal<tf.Rank.R2>(shape, 0, 0.02, splitSeed(seed, name))));
  }

  function init(): Params {
    return {
      embedding: matrix('embedding', [vocabulary, width]),
      ...(config.positions === 'learned' && { positions: matrix('positions', [context, width]) }),
      ...(wraps > 1 && { wrapBias: tf.tidy(() => tf.variable(tf.zeros([wraps, width]))) }),
      blocks: Object.fromEntries(
        variants.map((variant, layer) => [
          String(layer).padStart(2, '0'),
          {
            attention: variant.init(mixConfig, splitSeed(seed, `attention ${layer}`)) as Params,
            attentionNorm: norm.init(width),
            feedForward: feedForward.init(width, splitSeed(seed, `feedForward ${layer}`), hidden),
            feedForwardNorm: norm.init(width),
          },
        ]),
      ),
      ...(config.finalNorm !== 'none' && { finalNorm: norm.init(width) }),
      ...(config.head === 'untied' && { head: matrix('head', [width, vocabulary]) }),
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
    expect(
      offset + time <= context,
      'languageModel',
      'ids',
      `at most ${context} tokens long (its context)`,
      offset + time,
    );
    return tf.add(x, tf.slice(parameters['positions'] as tf.Variable, [offset, 0], [time, width]));
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
    apply: (ids) => tf.tidy(() => toLogits(body(ids, 0, whole()))),
    initialState: () => ({ offset: 0, layers: [] }),

    step(state, ids) {
      const next: State[] = [];
      const logits = tf.tidy(() => {
        const x = body(tf.reshape(ids, [-1, 1]), state.offset, (index, normed) => {
          const variant = variants[index % layers] as AnyAttention;
          const params = block(index % layers)['attention'] as Params;
          const { recurrent } = variant;
          if (!recurrent) {
            const reason = variant.meta.absent?.recurrent ?? 'it has none';
            throw new ConfigError(
              `languageModel.step: argument 'attention' must have a recurrent form, got ${variant.meta.name}: ${reason}`,
            );
          }
          const inputs = variant.project(params, normed, mixConfig, state.offset);
          const [after, mixed] = recurrent.step(
            state.layers[index] ?? recurrent.initialState(inputs),
            inputs,
          );
          next.push(
            Object.fromEntries(
              Object.entries(after as State).map(([name, tensor]) => [name, tf.keep(tensor)]),
            ),
          );
          return variant.output(params, mixed, normed, mixConfig);
        });
        return tf.reshape<tf.Rank.R2>(toLogits(x), [-1, vocabulary]);
      });
      return { state: { offset: state.offset + 1, layers: next }, logits };
    },

    stateSize: (time) =>
      wraps * variants.reduce((sum, variant) => sum + variant.stateSize(mixConfig, time), 0),

    attentionInputs(ids, layer) {
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

/** Frees a decoding state, except for tensors that `kept`, the state after it, still uses. */
export function disposeState(state: ModelState, kept?: ModelState): void {
  const used = new Set(kept?.layers.flatMap((layer) => Object.values(layer)));
  for (const tensor of state.layers.flatMap((layer) => Object.values(layer)))
    if (!used.has(tensor)) tensor.dispose();
}

function check(config: LanguageModelConfig): void {
  for (const name of ['vocabulary', 'width', 'heads', 'layers', 'context'] as const) {
    expectInteger(config[name], 'languageModel', name);
  }
  for (const name of ['wraps', 'logitLookup', 'chunk', 'feedForwardHidden'] as const) {
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

import type { BHTV, BTD, tf } from '../core/tf';
import type { Seed } from '../core/random';
import type { Tree } from '../core/tree';

/** Where a variant comes from. */
export interface Citation {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  readonly url: string;
}

/** The letters of all formulas of cost, the only place that says what they mean. */
export const costLetters = {
  T: 'tokens',
  D: 'width',
  H: 'heads',
  K: 'key width per head',
  V: 'value width per head',
  C: 'chunk',
  W: 'window',
  "f'": 'feature width',
  n: 'taps',
} as const;

/** Facts about a variant, written once: README table, notebook headings and captions are generated from them. */
export interface Meta {
  /** Its name in code: the key in the registry. */
  readonly name: string;
  /** Its name in prose. */
  readonly title: string;
  /** For a twin that keeps a fault of its source: the name of the honest form. */
  readonly asPublishedOf?: string;
  /** Names of its config's own fields, beside `width` and `heads`: all that a config may hold. */
  readonly settings: readonly string[];
  /** The definition, in TeX. */
  readonly equation: string;
  /**
   * Growth in the letters of {@link costLetters}: `parallel` of all T tokens by the definition, `step` per token decoded,
   * `state` the floats kept while decoding, exactly ("cannot decode" where there is no such form).
   */
  readonly cost: { readonly parallel: string; readonly step: string; readonly state: string };
  /** Whether output t depends on inputs up to t only. Probes check it; twins that leak say so here. */
  readonly causal: boolean;
  readonly cite: Citation;
  /** What this implementation does otherwise than its source, one sentence each. */
  readonly differsFromPaper: readonly string[];
  /** For a form that cannot exist: the reason. */
  readonly absent?: { readonly recurrent?: string; readonly chunkwise?: string };
}

/** Sizes every variant needs; a variant adds its own fields. */
export interface Config {
  /** Model width D. */
  readonly width: number;
  /** Heads H; must divide `width`. */
  readonly heads: number;
}

/** Parameters: a plain tree of variables. */
export type Params = Tree<tf.Variable>;

/** What the mix works on. All variants are linear in `v` once the rest is fixed; `attentionMap` relies on it. */
export interface Inputs {
  /** Values `[B, H, T, V]`. */
  readonly v: BHTV;
  readonly [name: string]: tf.Tensor;
}

/** What decoding carries from token to token. */
export interface State {
  readonly [name: string]: tf.Tensor;
}

/** One token at a time. */
export interface Recurrent<I extends Inputs, S extends State> {
  /** The state before the first token; `inputs` gives the sizes. */
  initialState(inputs: I): S;
  /** Reads one token (`inputs` with T = 1): the next state and the output `[B, H, 1, V]`. */
  step(state: S, inputs: I): readonly [S, BHTV];
}

/**
 * One attention variant: a plain frozen value.
 *
 * `project` / mix / `output` part learning from mathematics: the forms in the middle have no parameters.
 * Where a form exists it equals `parallel`, in outputs and in every gradient.
 * Forms do not tidy; whoever calls them does.
 */
export interface AttentionVariant<
  P extends Params = Params,
  I extends Inputs = Inputs,
  S extends State = State,
  C extends Config = Config,
> {
  readonly meta: Meta;
  /** Makes the parameters. The same seed gives the same numbers. Throws `ConfigError` on a bad config. */
  init(config: C, seed: Seed): P;
  /** x -> q, k, v, gates ... ; `offset` is the position of x's first token (0 unless decoding). */
  project(params: P, x: BTD, config: C, offset?: number): I;
  /** The definition, whole sequence at once. */
  parallel(inputs: I): BHTV;
  /** One token at a time, if the variant has such a form. */
  readonly recurrent?: Recurrent<I, S>;
  /** Blocks of `chunk` tokens with the state carried between them: what training uses. */
  chunkwise?(inputs: I, chunk: number): BHTV;
  /** Norm, gate, merging of heads, output projection. */
  output(params: P, o: BHTV, x: BTD, config: C): BTD;
  /** Floats kept per sequence while decoding, after `time` tokens. */
  stateSize(config: C, time: number): number;
}

/** Any variant, where the concrete types do not matter. */
export type AnyAttention = AttentionVariant<any, any, any, any>;

/** Freezes a variant and lets its types be inferred. */
export function defineAttention<
  P extends Params,
  I extends Inputs,
  S extends State,
  C extends Config = Config,
>(variant: AttentionVariant<P, I, S, C>): AttentionVariant<P, I, S, C> {
  return Object.freeze(variant);
}

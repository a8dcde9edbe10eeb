import type {
  AnyAttention,
  AttentionVariant,
  Config,
  Inputs,
  Params,
  State,
} from '../../../src/attention/variant';

/** One input of the mix as plain float64 numbers, for one batch item and one head: `table(t, i)`. */
export interface Table {
  (t: number, i?: number): number;
  /** Tokens T (1 for an input that all tokens share). */
  readonly rows: number;
  /** Numbers per token. */
  readonly columns: number;
}

/** What a reference reads: the inputs by name. `[B,H,T,X]` comes as T×X, `[B,H,T]` as T×1, `[H,X]` as 1×X, `[X]` as 1×X. */
export type Tables<I> = { readonly [Name in keyof I]: Table };

/** The output of a reference: channel `c` of token `t`. */
export type Output = (t: number, c: number) => number;

/** A variant under test: a tiny configuration and the same mathematics as plain loops. */
export interface Row<I extends Inputs = Inputs, C extends Config = Config> {
  readonly variant: AttentionVariant<Params, I, State, C>;
  /** What is special about this configuration, where a variant has several rows. */
  readonly label?: string;
  /** Sizes: distinct primes where the variant allows, so that no mixed-up axis can pass. */
  readonly config: C;
  /** Largest error relative to the largest magnitude (see `relativeError`), of outputs and of gradients. Never relaxed by environment. */
  readonly tolerance: number;
  /** Plain float64 loops over one batch item and one head that share no code with `src`. */
  reference(inputs: Tables<I>): Output;
}

/** A row whose types no longer matter. */
export interface AnyRow {
  readonly title: string;
  readonly variant: AnyAttention;
  readonly config: Config;
  readonly tolerance: number;
  reference(inputs: Readonly<Record<string, Table>>): Output;
}

/**
 * Adds a variant to the conformance suite.
 *
 * @example
 * row({ variant: qllk, config: { width: 7, heads: 7 }, tolerance: 1e-5,
 *   reference: ({ q, k, v }) => (t, c) => { let S = 0; for (let j = 0; j <= t; j++) S += k(j) * v(j, c); return q(t) * S; } });
 */
export function row<P extends Params, I extends Inputs, S extends State, C extends Config>(
  entry: Omit<Row<I, C>, 'variant'> & { readonly variant: AttentionVariant<P, I, S, C> },
): AnyRow {
  const { variant, label, config, tolerance } = entry;
  return {
    title: label === undefined ? variant.meta.name : `${variant.meta.name} (${label})`,
    variant,
    config,
    tolerance,
    reference: (inputs) => entry.reference(inputs as Tables<I>),
  };
}

/** q(t) · k(j), the plain loop that most references need. */
export function dot(a: Table, t: number, b: Table, j: number): number {
  let sum = 0;
  for (let i = 0; i < a.columns; i++) sum += a(t, i) * b(j, i);
  return sum;
}

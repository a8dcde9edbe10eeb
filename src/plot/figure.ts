/** A value that survives a trip through JSON. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** A JSON object: a Vega-Lite specification, a Plotly layout, one Plotly trace. */
export type JsonObject = { readonly [name: string]: Json | undefined };

/** A figure as data: nothing here knows how or where it is drawn. */
export interface Figure {
  /** Heading, also the name used in alternative texts. */
  readonly title: string;
  /** What there is to see, in one sentence: for screen readers and for places that show only text. */
  readonly text: string;
  /** Interactive form as a Vega-Lite 5 specification. */
  readonly vegalite?: JsonObject;
  /** Interactive form as a Plotly figure. */
  readonly plotly?: { readonly data: readonly JsonObject[]; readonly layout: JsonObject };
  /** Still form as a Vega-Lite 5 specification: what the PNG is made from. */
  readonly static: JsonObject;
}

/**
 * Numbers or options that cannot be drawn; the sentence names function, argument, what was expected and what came.
 *
 * @example
 * try {
 *   lossCurve({ runs: [] });
 * } catch (error) {
 *   if (error instanceof FigureError) console.error(error.message); // lossCurve: argument 'runs' must be at least one run, got 0
 * }
 */
export class FigureError extends RangeError {
  override readonly name = 'FigureError';
}

/**
 * Throws a {@link FigureError} whose sentence names function, argument, what was expected and what came, unless `condition`
 * holds.
 */
export function demand(
  condition: boolean,
  where: string,
  argument: string,
  expected: string,
  actual: unknown,
): asserts condition {
  if (condition) return;
  const got =
    typeof actual === 'string'
      ? `'${actual}'`
      : Array.isArray(actual)
        ? `[${actual.join(', ')}]`
        : String(actual);
  throw new FigureError(
    `${where}: argument '${argument}' must be ${expected}, got ${got.length > 80 ? `${got.slice(0, 77)}...` : got}`,
  );
}

/** `value` with at most `digits` significant digits: keeps specifications small. */
export function round(value: number, digits = 4): number {
  return value === 0 || !Number.isFinite(value) ? value : Number(value.toPrecision(digits));
}

/** A number as it is written in sentences, legends and tables: four significant digits, no trailing zeros. */
export function show(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(Math.max(0, digits - 2));
  return String(round(value, digits));
}

/** `1 run`, `2 runs`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2
    ? (items[0] ?? '')
    : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** Text for Plotly, which reads `<b>` and friends as markup: here every character stands for itself. */
export function literal(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

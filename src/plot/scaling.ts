import { demand, list, round, show } from './figure';
import type { Figure, JsonObject } from './figure';
import { fitSlope } from './slope';
import type { ScalingPoint } from './slope';
import { colour, legendBelow, shapes } from './theme';

/** Measurements of one system. */
export interface ScalingSeries {
  readonly name: string;
  readonly points: readonly ScalingPoint[];
}

/** What {@link scalingCurve} draws. */
export interface ScalingFigureOptions {
  readonly title?: string;
  readonly series: readonly ScalingSeries[];
  /** What was measured, with its unit: `time per step (ms)`, `memory (MB)`. */
  readonly quantity: string;
  /** Name of the axis along which it grows; `sequence length T (tokens)` when absent. */
  readonly lengthAxis?: string;
  readonly text?: string;
}

/**
 * How time or memory grows with sequence length, on doubly logarithmic axes, with a fitted line per system and its
 * slope in the legend; bars run from the smallest to the largest repeat.
 *
 * Throws `FigureError` without series or when a series cannot be fitted (see {@link fitSlope}).
 *
 * @example
 * const points = [256, 512, 1024].map((length) => ({ length, value: length / 100 }));
 * const figure = scalingCurve({ series: [{ name: 'linear', points }], quantity: 'time (ms)' });
 */
export function scalingCurve(options: ScalingFigureOptions): Figure {
  const { series, quantity, lengthAxis = 'sequence length T (tokens)' } = options;
  const { title = `How ${quantity.replace(/ \(.*/, '')} grows with length` } = options;
  demand(series.length > 0, 'scalingCurve', 'series', 'at least one series', series.length);
  const fitted = series.map(({ name, points }) => {
    const fit = fitSlope(
      points.map(({ length }) => length),
      points.map(({ value }) => value),
    );
    const error = Number.isNaN(fit.error) ? '' : ` ± ${fit.error.toFixed(2)}`;
    return { name, points, fit, label: `${name}: slope ${fit.slope.toFixed(2)}${error}` };
  });
  const measured = fitted.flatMap(({ label, points }) =>
    points.map(({ length, value, low, high }) => ({
      ...{ system: label, length, value: round(value) },
      ...(low !== undefined && high !== undefined ? { low: round(low), high: round(high) } : {}),
    })),
  );
  const lines = fitted.flatMap(({ label, points, fit }) => {
    const lengths = points.map(({ length }) => length);
    return [Math.min(...lengths), Math.max(...lengths)].map((length) => ({
      ...{ system: label, length },
      value: round(Math.exp(fit.intercept) * length ** fit.slope),
    }));
  });
  const values = [...measured, ...lines].flatMap((point) => Object.values(point).slice(2) as number[]);
  const domain = [Math.min(...values) / 1.25, Math.max(...values) * 1.25].map((end) => round(end)) as [
    number,
    number,
  ];
  const spec: JsonObject = {
    title: { text: title },
    config: legendBelow,
    width: 560,
    height: 340,
    encoding: {
      x: {
        field: 'length',
        type: 'quantitative',
        scale: { type: 'log', base: 2, nice: false },
        axis: {
          title: lengthAxis,
          values: [...new Set(measured.map(({ length }) => length))].sort((a, b) => a - b),
          format: ',.6~r',
          labelOverlap: 'greedy',
        },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: { type: 'log', domain, nice: false },
        axis: { title: quantity, format: ',.3~r', values: logTicks(domain) },
      },
      color: nominal(fitted, (n) => colour(n)),
    },
    layer: [
      { data: { values: lines }, mark: { type: 'line', strokeWidth: 1.5, strokeDash: [5, 3], opacity: 0.8 } },
      ...(measured.some((point) => 'low' in point) ? [bars(measured)] : []),
      {
        data: { values: measured },
        mark: { type: 'point', filled: true, size: 60, opacity: 1, tooltip: true },
        encoding: { shape: nominal(fitted, (n) => shapes[n % shapes.length] as string) },
      },
    ],
  };
  const told = fitted.map(({ name, fit }) => `${name} grows like T to the power ${fit.slope.toFixed(2)}`);
  const [low, high] = [Math.min, Math.max].map((of) => of(...measured.map(({ length }) => length)));
  const text =
    options.text ??
    `${title}: ${quantity} for T from ${show(low as number)} to ${show(high as number)}; ` + `${list(told)}.`;
  return { title, text, vegalite: spec, static: spec };
}

// powers of ten, with 2 and 5 between them where that leaves readable gaps
function logTicks([low, high]: readonly [number, number]): number[] {
  const steps = high / low > 300 ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, n) => 10 ** (first + n),
  );
  return decades
    .flatMap((decade) => steps.map((step) => round(step * decade)))
    .filter((t) => t >= low && t <= high);
}

function nominal(fitted: readonly { label: string }[], range: (n: number) => string): JsonObject {
  const domain = fitted.map(({ label }) => label);
  return {
    field: 'system',
    type: 'nominal',
    title: null,
    scale: { domain, range: domain.map((_, n) => range(n)) },
  };
}

function bars(measured: readonly JsonObject[]): JsonObject {
  return {
    data: { values: measured.filter((point) => 'low' in point) },
    mark: { type: 'rule', strokeWidth: 1.5 },
    encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
  };
}

import { ConfigError } from '../../src/core/errors';
import type { Figure } from '../../src/plot/figure';
import { show } from '../../src/plot/figure';
import { thin } from '../../src/plot/series';
import { colour, vegaConfig } from '../../src/plot/theme';
import { liveFigure } from './live';

const mostPoints = 400;

/** What {@link livePlot} draws. */
export interface LivePlotOptions {
  /** Name of the number along the x axis, as it stands in the points. */
  readonly x: string;
  /** Name or names of the numbers to draw, one line each. */
  readonly y: string | readonly string[];
  readonly title: string;
}

/** A line chart that grows point by point. */
export interface LivePlot {
  /** Adds a point: numbers by name. Lines whose name is missing get none. */
  add(point: Readonly<Record<string, number | undefined>>): void;
}

/**
 * A line chart that grows while the cell runs. It is redrawn at most ten times a second and always shows the last point; long
 * series are averaged in groups, so the output stays about 30 KB per line however many points come.
 *
 * @throws ConfigError when a point lacks its x
 *
 * @example
 * const plot = livePlot({ x: 'step', y: 'loss', title: 'Loss' });
 * for (let step = 1; step <= 100; step++) plot.add({ step, loss: 1 / step });
 */
export function livePlot({ x, y, title }: LivePlotOptions): LivePlot {
  const names = typeof y === 'string' ? [y] : y;
  const lines = names.map((name) => ({ name, xs: [] as number[], ys: [] as number[] }));
  const live = liveFigure(() => chart(x, title, lines));
  return {
    add: (point) => {
      const at = point[x];
      if (at === undefined)
        throw new ConfigError(`livePlot.add: argument 'point' must have the number '${x}', got none`);
      for (const { name, xs, ys } of lines) {
        const value = point[name];
        if (value === undefined) continue;
        xs.push(at);
        ys.push(value);
      }
      live.refresh();
    },
  };
}

interface Line {
  readonly name: string;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

function chart(x: string, title: string, lines: readonly Line[]): Figure {
  const values = lines.flatMap(({ name, xs, ys }) =>
    thin(xs, ys, mostPoints).map((point) => ({ x: point.x, y: point.y, line: name })),
  );
  const domain = lines.map(({ name }) => name);
  const range = lines.map((_, n) => colour(n));
  const spec = {
    title: { text: title },
    config: vegaConfig,
    width: 620,
    height: 300,
    data: { values },
    mark: { type: 'line', strokeWidth: 2, tooltip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x, scale: { zero: false, nice: false } },
      y: { field: 'y', type: 'quantitative', title: domain.join(', '), scale: { zero: false } },
      color: { field: 'line', type: 'nominal', title: null, scale: { domain, range } },
    },
  };
  const told = lines.map(({ name, ys }) => `${name} ${show(ys[ys.length - 1] ?? NaN)}`);
  const last = Math.max(...lines.map(({ xs }) => xs[xs.length - 1] ?? -Infinity));
  const text = `${title}: ${told.join(', ')} at ${x} ${show(last)}.`;
  return { title, text, vegalite: spec, static: spec };
}

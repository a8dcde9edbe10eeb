import { count, demand, list, round, show } from './figure';
import type { Figure, JsonObject } from './figure';
import { checkPairs, thin } from './series';
import { colour, dashes, ink, legendBelow, size } from './theme';

/** One training run. */
export interface LossSeries {
  readonly name: string;
  /** Training steps and the loss at each. */
  readonly steps: ArrayLike<number>;
  readonly losses: ArrayLike<number>;
  /** Measured on held-out data now and then. */
  readonly heldOut?: { readonly steps: ArrayLike<number>; readonly losses: ArrayLike<number> };
}

/** A horizontal line to measure a curve by. */
export interface ReferenceLine {
  readonly name: string;
  readonly value: number;
}

/** What {@link lossCurve} draws. */
export interface LossCurveOptions {
  readonly title?: string;
  readonly runs: readonly LossSeries[];
  /** Unit of every loss here: `nats per token` when absent. */
  readonly unit?: string;
  readonly yardsticks?: readonly ReferenceLine[];
  readonly lossAxis?: 'linear' | 'log';
  readonly stepAxis?: 'linear' | 'log';
  /** Points kept per run; longer runs are averaged in groups, with a band from smallest to largest. 160 when absent. */
  readonly points?: number;
  readonly text?: string;
}

/**
 * Loss over training steps for one or several runs, held-out measurements as points, yardsticks as dashed lines.
 * About 10 KB per run whatever its length, so it can be redrawn while training goes on.
 *
 * Throws `FigureError` when there is no run, lists differ in length, or a log axis meets a number that is not positive.
 *
 * @example
 * const figure = lossCurve({
 *   runs: [{ name: 'ELiTA', steps: [1, 2, 3], losses: [5.6, 4.9, 4.2] }],
 *   yardsticks: [{ name: 'uniform guess, ln 256', value: Math.log(256) }],
 * });
 */
export function lossCurve(options: LossCurveOptions): Figure {
  const where = 'lossCurve';
  const { runs, yardsticks = [], lossAxis = 'linear', stepAxis = 'linear', points = 160 } = options;
  const { title = 'Loss while training', unit = 'nats per token' } = options;
  demand(runs.length > 0, where, 'runs', 'at least one run', runs.length);
  const training = runs.flatMap(({ name, steps, losses }) => {
    checkPairs(where, 'runs', steps, losses);
    return thin(steps, losses, points).map(({ x, y, ...band }) => ({ run: name, step: x, loss: y, ...band }));
  });
  const heldOut = runs.flatMap(({ name, heldOut }) => {
    if (!heldOut) return [];
    checkPairs(where, 'heldOut', heldOut.steps, heldOut.losses);
    return thin(heldOut.steps, heldOut.losses, points).map(({ x, y }) => ({ run: name, step: x, loss: y }));
  });
  for (const { step, loss, low = loss } of [...training, ...heldOut] as readonly Point[]) {
    demand(lossAxis === 'linear' || low > 0, where, 'runs', 'positive losses on a log axis', low);
    demand(stepAxis === 'linear' || step > 0, where, 'runs', 'positive steps on a log axis', step);
  }
  const scale = (type: 'linear' | 'log', nice: boolean) =>
    type === 'log' ? { type, nice } : { type, zero: false, nice };
  const spec: JsonObject = {
    title: { text: title },
    config: legendBelow,
    width: 620,
    height: 320,
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        scale: scale(stepAxis, false),
        axis: { title: 'training step', grid: false, tickCount: 8, format: ',.6~g' },
      },
      y: {
        field: 'loss',
        type: 'quantitative',
        scale: scale(lossAxis, true),
        axis: { title: `loss (${unit})`, format: '.4~g' },
      },
    },
    layer: [
      {
        data: { values: training },
        layer: [...bands(training, runs), line(runs), touch],
      },
      ...(heldOut.length > 0 ? [marks(heldOut)] : []),
      ...(yardsticks.length > 0 ? rules(yardsticks) : []),
    ],
  };
  const text = options.text ?? describe(title, unit, runs, yardsticks);
  return { title, text, vegalite: spec, static: spec };
}

type Point = { readonly run: string; readonly step: number; readonly loss: number; readonly low?: number };

function line(runs: readonly LossSeries[]): JsonObject {
  const domain = runs.map(({ name }) => name);
  return {
    // a click on a name in the legend makes the other runs fade
    params: [{ name: 'picked', select: { type: 'point', fields: ['run'] }, bind: 'legend' }],
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      color: {
        field: 'run',
        type: 'nominal',
        title: null,
        scale: colours(runs),
        legend: { symbolType: 'stroke', symbolSize: 300, symbolFillColor: 'transparent' },
      },
      strokeDash: {
        field: 'run',
        type: 'nominal',
        title: null,
        scale: { domain, range: domain.map((_, n) => [...(dashes[n % dashes.length] as readonly number[])]) },
      },
      opacity: { condition: { param: 'picked', value: 1 }, value: 0.15 },
    },
  };
}

// from the smallest to the largest loss of the steps that a point stands for; a layer per run, so that the legend
// shows lines only
function bands(values: readonly Point[], runs: readonly LossSeries[]): JsonObject[] {
  return runs.flatMap(({ name }, n) =>
    values.some((point) => point.run === name && 'low' in point)
      ? [
          {
            transform: [
              {
                filter: {
                  and: [
                    { field: 'run', equal: name },
                    { field: 'low', valid: true },
                  ],
                },
              },
            ],
            mark: { type: 'area', opacity: 0.16, color: colour(n) },
            encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
          },
        ]
      : [],
  );
}

function colours(runs: readonly LossSeries[]): JsonObject {
  return { domain: runs.map(({ name }) => name), range: runs.map((_, n) => colour(n)) };
}

// invisible points that answer the mouse with the numbers of a step
const touch: JsonObject = {
  mark: { type: 'point', filled: true, size: 80, opacity: 0 },
  encoding: {
    tooltip: [
      { field: 'run', type: 'nominal' },
      { field: 'step', type: 'quantitative' },
      { field: 'loss', type: 'quantitative', format: '.4~g' },
    ],
  },
};

function marks(values: readonly Point[]): JsonObject {
  return {
    data: { values },
    mark: {
      type: 'point',
      filled: true,
      size: 55,
      opacity: 1,
      stroke: 'white',
      strokeWidth: 0.8,
      tooltip: true,
    },
    encoding: {
      color: { field: 'run', type: 'nominal', title: null },
      shape: {
        datum: 'on held-out text',
        type: 'nominal',
        scale: { domain: ['on held-out text'], range: ['diamond'] },
        legend: { title: null, symbolFillColor: ink.axis, symbolStrokeWidth: 0 },
      },
    },
  };
}

function rules(yardsticks: readonly ReferenceLine[]): JsonObject[] {
  const sorted = [...yardsticks].sort((a, b) => b.value - a.value);
  const values = sorted.map(({ name, value }) => ({
    value: round(value),
    label: `${name} = ${show(value)}`,
  }));
  const label = (dy: number, baseline: string, chosen: readonly JsonObject[]): JsonObject => ({
    data: { values: chosen },
    mark: { type: 'text', align: 'right', baseline, dx: -4, dy, fontSize: size.label, color: ink.axis },
    encoding: {
      x: { value: 'width' },
      y: { field: 'value', type: 'quantitative' },
      text: { field: 'label', type: 'nominal' },
    },
  });
  return [
    {
      data: { values },
      mark: { type: 'rule', strokeDash: [2, 3], color: ink.axis },
      encoding: { x: { value: 0 }, x2: { value: 'width' }, y: { field: 'value', type: 'quantitative' } },
    },
    // the topmost label stands above its line, the others below theirs: neighbours do not meet
    label(-3, 'bottom', values.slice(0, 1)),
    ...(values.length > 1 ? [label(3, 'top', values.slice(1))] : []),
  ];
}

function describe(
  title: string,
  unit: string,
  runs: readonly LossSeries[],
  yardsticks: readonly ReferenceLine[],
): string {
  const told = runs.map(({ name, steps, losses, heldOut }) => {
    const lost = Array.from(losses).findIndex((loss) => !Number.isFinite(loss));
    const until = lost < 0 ? losses.length : lost;
    if (until === 0) return `${name} has no finite loss yet`;
    const fall = `${name} goes from ${show(losses[0] as number)} to ${show(losses[until - 1] as number)}`;
    const seen = heldOut?.losses.length
      ? ` (held out ${show(heldOut.losses[heldOut.losses.length - 1] as number)})`
      : '';
    return `${fall}${seen}${lost < 0 ? '' : `, then is not finite from step ${steps[lost]}`}`;
  });
  const last = Math.max(...runs.map(({ steps }) => Number(steps[steps.length - 1] ?? 0)));
  const measured = yardsticks.map(({ name, value }) => `${name} = ${show(value)}`);
  return (
    `${title}, ${unit}, ${count(last, 'step')}: ${list(told)}` +
    `${measured.length > 0 ? `; for comparison ${list(measured)}` : ''}.`
  );
}

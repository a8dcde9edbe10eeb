import { count, demand, round, show } from './figure';
import type { Figure } from './figure';
import { acrossFor, edgeFor } from './heatmap';
import { mapFigure } from './maps';
import { headName, readPanels, scaleFor } from './panels';
import type { Grid } from './panels';
import { colour, legendBelow } from './theme';

/** What {@link basisPlot} draws. */
export interface BasisPlotOptions {
  readonly title?: string;
  /** P(i, j) = P1_j + P2_i of every head, `[H][T][T]`, in nats. */
  readonly logits: ArrayLike<Grid>;
  /** The weights that follow from them, `[H][T][T]`. */
  readonly weights: ArrayLike<Grid>;
  /** A name per head; `head 1`, `head 2`, ... when absent. */
  readonly names?: readonly string[];
  readonly text?: string;
}

/**
 * Position bases of every head: the logits P(i, j) and the attention weights they lead to, each
 * kind with its own colours because the two have nothing in common but their axes.
 *
 * Throws `FigureError` when the numbers of heads or the shapes differ.
 *
 * @example
 * const figure = basisPlot({ logits: pairLogits(basis, 64), weights: positionWeights(basis, 64) });
 */
export function basisPlot(options: BasisPlotOptions): Figure {
  const where = 'basisPlot';
  const { title = 'Position bases: logits and the weights they lead to', names } = options;
  const logits = readPanels(where, options.logits, names);
  const weights = readPanels(where, options.weights, names);
  const same = logits.length === weights.length && logits[0]?.rows === weights[0]?.rows;
  demand(same, where, 'weights', `${count(logits.length, 'map')} of the shape of 'logits'`, weights.length);
  const across = Math.min(8, logits.length);
  const edge = edgeFor(Math.min(200, Math.floor(640 / across) - 14), logits);
  const scales = [scaleFor(where, 'logits', logits), scaleFor(where, 'weights', weights)] as const;
  const size = `${logits[0]?.rows} × ${logits[0]?.columns}`;
  return mapFigure({
    title,
    text:
      options.text ??
      `${title}: ${count(logits.length, 'head')} at ${size}; logits reach ±${show(scales[0].high)} nats, ` +
        `weights reach ${show(scales[1].high)}.`,
    blocks: [
      {
        heading: 'logits P(i, j) = P1(j) + P2(i); attention reads those with j ≤ i',
        panels: logits,
        scale: scales[0],
        across,
        edge,
      },
      { heading: 'weights after the softmax', panels: weights, scale: scales[1], across, edge },
    ],
    // two heads fit side by side; of more heads each has its weights below its logits
    arrangement: logits.length <= 2 ? 'across' : 'down',
    rowAxis: 'query i',
    columnAxis: 'key j',
  });
}

/** What {@link basisCurves} draws. */
export interface BasisCurvesOptions {
  readonly title?: string;
  /** P1 of every head, `[H][T]`, in nats: what key j adds. */
  readonly column: ArrayLike<ArrayLike<number>>;
  /** P2 of every head, `[H][T]`, in nats: what query i adds. */
  readonly row: ArrayLike<ArrayLike<number>>;
  readonly names?: readonly string[];
  readonly text?: string;
}

// curve points in one figure: about 60 bytes each
const most = 2400;

/**
 * The two curves of every head's position basis, P1 over keys and P2 over queries, one small chart per head with
 * the same axes. Throws `FigureError` when the numbers of heads or the lengths differ.
 *
 * @example
 * const figure = basisCurves(evaluateBasis(basis, 256));
 */
export function basisCurves(options: BasisCurvesOptions): Figure {
  const where = 'basisCurves';
  const { column, row, names, title = 'Position bases: the curves P1 and P2' } = options;
  const heads = column.length;
  const time = column[0]?.length ?? 0;
  demand(heads > 0 && time > 0, where, 'column', 'curves [H, T] of at least one head', [heads, time]);
  demand(row.length === heads, where, 'row', `curves of ${heads} heads`, row.length);
  const across = acrossFor(heads);
  const width = Math.max(64, Math.floor(640 / across) - 14);
  const stride = Math.max(1, Math.ceil((time * heads) / most));
  const parts = ['P1: added for key j', 'P2: added for query i'];
  let reach = 0;
  const values = Array.from({ length: heads }, (_, n) => {
    const lines = [column[n] as ArrayLike<number>, row[n] as ArrayLike<number>] as const;
    for (const line of lines)
      demand(line.length === time, where, 'row', `curves of length ${time}`, line.length);
    return Array.from(lines[0], (p1, position) => ({
      n,
      position,
      p1: round(p1),
      p2: round(Number(lines[1][position])),
    })).filter(({ position, p1, p2 }) => {
      reach = Math.max(reach, Math.abs(p1), Math.abs(p2));
      return position % stride === 0 || position === time - 1;
    });
  }).flat();
  const legend = { labelExpr: `datum.value === 'p1' ? '${parts[0]}' : '${parts[1]}'` };
  const labels = Array.from({ length: heads }, (_, n) => names?.[n] ?? headName(n, heads));
  const spec = {
    title: { text: title },
    data: { values },
    transform: [{ fold: ['p1', 'p2'], as: ['part', 'value'] }],
    config: legendBelow,
    facet: {
      field: 'n',
      type: 'ordinal',
      header: { title: null, labelPadding: 3, labelExpr: `${JSON.stringify(labels)}[datum.value]` },
    },
    columns: across,
    spacing: { row: 8, column: 14 },
    spec: {
      width,
      height: Math.min(140, width),
      mark: { type: 'line', strokeWidth: 2, tooltip: true },
      encoding: {
        x: {
          field: 'position',
          type: 'quantitative',
          scale: { domain: [0, Math.max(1, time - 1)], nice: false },
          axis: { title: heads > 8 ? null : 'position', tickCount: 3, grid: false },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          axis: { title: heads > 8 ? null : 'logit (nats)', tickCount: 3 },
        },
        color: {
          field: 'part',
          type: 'nominal',
          title: null,
          legend,
          scale: { domain: ['p1', 'p2'], range: [colour(0), colour(1)] },
        },
        strokeDash: {
          field: 'part',
          type: 'nominal',
          title: null,
          legend,
          scale: {
            domain: ['p1', 'p2'],
            range: [
              [1, 0],
              [5, 3],
            ],
          },
        },
      },
    },
  };
  const text =
    options.text ??
    `${title}: ${count(heads, 'head')} over ${time} positions, at most ${show(reach)} nats in size.`;
  return { title, text, vegalite: spec, static: spec };
}

import { demand, round } from './figure';
import { diverging, sequential } from './theme';
import type { Palette } from './theme';

/** Rows of numbers: `grid[i][j]`, as `tensor.arraySync()` gives them. */
export type Grid = ArrayLike<ArrayLike<number>>;

/**
 * What the numbers of a map are. Each kind has its own colours and never shares a scale with another:
 * `weights` (from zero up), `signedWeights` and `logits` (zero in the middle).
 */
export type Quantity = 'weights' | 'signedWeights' | 'logits';

/** One map, read and checked. NaN stands for a cell without a value. */
export interface Panel {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** `rows * columns` numbers. */
  readonly values: Float64Array;
}

/** How a quantity is coloured. */
export interface Scale {
  readonly legend: string;
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
  /** Colours follow `share ** bend` of the way from low to high; below 1 small numbers get more of the colours. */
  readonly bend: number;
}

/**
 * Reads maps `[H][rows][columns]`. Cells that are not finite have no value; nor have cells after the diagonal when
 * those of all maps are zero or not finite, as in causal attention. A leak past the diagonal therefore always shows.
 * Throws `FigureError` when shapes differ or nothing is there.
 */
export function readPanels(where: string, maps: ArrayLike<Grid>, names?: readonly string[]): Panel[] {
  const rows = maps[0]?.length ?? 0;
  const columns = maps[0]?.[0]?.length ?? 0;
  demand(rows > 0 && columns > 0, where, 'maps', 'at least one map [rows, columns]', describe(maps));
  demand(
    !names || names.length === maps.length,
    where,
    'names',
    `an array of ${maps.length} names`,
    names?.length,
  );
  const panels = Array.from(maps, (map, n): Panel => {
    const values = new Float64Array(rows * columns);
    demand(map.length === rows, where, 'maps', `maps of one shape [${rows}, ${columns}]`, describe(maps, n));
    Array.from(map, (row, i) => {
      demand(
        row.length === columns,
        where,
        'maps',
        `maps of one shape [${rows}, ${columns}]`,
        describe(maps, n),
      );
      for (let j = 0; j < columns; j++) {
        const value = Number(row[j]);
        values[i * columns + j] = Number.isFinite(value) ? value : NaN;
      }
    });
    return { name: names?.[n] ?? headName(n, maps.length), rows, columns, values };
  });
  if (panels.every(isCausal)) panels.forEach(blankAfterDiagonal);
  return panels;
}

/** `head 1`, or just `1` where there is only room for the number. */
export function headName(n: number, heads: number): string {
  return heads > 16 ? String(n + 1) : `head ${n + 1}`;
}

/** The colour scale all panels of one quantity share. */
export function scaleFor(where: string, quantity: Quantity, panels: readonly Panel[]): Scale {
  let low = Infinity;
  let high = -Infinity;
  for (const { values } of panels)
    for (const value of values)
      if (!Number.isNaN(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  demand(low <= high, where, 'maps', 'maps with at least one finite number', 'none');
  if (quantity === 'weights') {
    demand(low >= -1e-6, where, 'quantity', `'signedWeights' for maps with negative numbers`, quantity);
    // rows sum to one, so row i spreads over i + 1 keys and most weights are small
    return { legend: 'attention weight', palette: sequential, low: 0, high: round(high || 1), bend: 0.5 };
  }
  const reach = round(Math.max(Math.abs(low), Math.abs(high)) || 1);
  const legend = quantity === 'logits' ? 'logit (nats)' : 'effective weight';
  return { legend, palette: diverging, low: -reach, high: reach, bend: 1 };
}

/** Cells with a value. */
export function filled(panels: readonly Panel[]): number {
  return panels.reduce((sum, { values }) => values.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), sum), 0);
}

/** The smallest block edge with which `cells` numbers fit `budget`. */
export function blockFor(cells: number, budget: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(cells / budget)));
}

/** The panel with each `block` x `block` square replaced by the mean of the values in it. */
export function coarsen(panel: Panel, block: number): Panel {
  if (block === 1) return panel;
  const rows = Math.ceil(panel.rows / block);
  const columns = Math.ceil(panel.columns / block);
  const sums = new Float64Array(rows * columns);
  const counts = new Uint32Array(rows * columns);
  panel.values.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const to = Math.floor(at / panel.columns / block) * columns + Math.floor((at % panel.columns) / block);
    sums[to] = (sums[to] as number) + value;
    counts[to] = (counts[to] as number) + 1;
  });
  // 0 / 0 is NaN: a square without values has none
  return { name: panel.name, rows, columns, values: sums.map((sum, at) => sum / (counts[at] as number)) };
}

// with more keys than queries the last query still sees the last key
function isAfterDiagonal({ rows, columns }: Panel, at: number): boolean {
  return (at % columns) - Math.floor(at / columns) > columns - rows;
}

function isCausal(panel: Panel): boolean {
  return (
    panel.columns >= panel.rows &&
    panel.values.every((value, at) => !isAfterDiagonal(panel, at) || value === 0 || Number.isNaN(value))
  );
}

function blankAfterDiagonal(panel: Panel): void {
  for (let at = 0; at < panel.values.length; at++) if (isAfterDiagonal(panel, at)) panel.values[at] = NaN;
}

function describe(maps: ArrayLike<Grid>, n = 0): readonly number[] {
  return [maps.length, maps[n]?.length ?? 0, maps[n]?.[0]?.length ?? 0];
}

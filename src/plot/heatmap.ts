import { count, demand, show } from './figure';
import type { Figure } from './figure';
import { mapFigure } from './maps';
import { readPanels, scaleFor } from './panels';
import type { Grid, Panel, Quantity } from './panels';

/** What {@link heatmaps} draws. */
export interface HeatmapOptions {
  readonly title: string;
  /** One map `[rows][columns]` per head, all of one shape: query i down, key j across. */
  readonly maps: ArrayLike<Grid>;
  /** What the numbers are; it decides the colours. */
  readonly quantity: Quantity;
  /** A name per map; `head 1`, `head 2`, ... when absent. */
  readonly names?: readonly string[];
  /** Panels side by side; chosen from their number when absent. */
  readonly across?: number;
  /** What the colours show, with its unit, where `attention weight` or `logit (nats)` is not exact enough. */
  readonly legend?: string;
  /** Names of the axes; `query i` and `key j` when absent. */
  readonly rowAxis?: string;
  readonly columnAxis?: string;
  /** The sentence for readers who do not see the figure; written from the numbers when absent. */
  readonly text?: string;
}

/**
 * Maps of many heads as small multiples with one colour scale. Time and size grow with the number of cells; many
 * cells are averaged in blocks so that an interactive figure stays below 300 KB, and hovering says so.
 *
 * Throws `FigureError` when there is no map, shapes differ, or `weights` has negative numbers.
 *
 * @example
 * const figure = heatmaps({ title: 'Uniform attention', quantity: 'weights', maps: [[[1, 0], [0.5, 0.5]]] });
 */
export function heatmaps(options: HeatmapOptions): Figure {
  const where = 'heatmaps';
  const { title, maps, quantity, names, legend, rowAxis = 'query i', columnAxis = 'key j' } = options;
  const panels = readPanels(where, maps, names);
  const scale = scaleFor(where, quantity, panels);
  const across = options.across ?? acrossFor(panels.length);
  demand(Number.isInteger(across) && across > 0, where, 'across', 'a positive integer', across);
  return mapFigure({
    title,
    text: options.text ?? describe(title, panels, quantity),
    blocks: [
      {
        panels,
        scale: legend === undefined ? scale : { ...scale, legend },
        across,
        edge: edgeFor(Math.min(300, Math.floor(640 / across) - 14), panels),
      },
    ],
    rowAxis,
    columnAxis,
  });
}

/** Panels side by side that make a readable page: up to four in one row, then a near square. */
export function acrossFor(panels: number): number {
  return panels <= 4 ? panels : Math.max(4, Math.ceil(Math.sqrt(panels)));
}

/** An edge near `wanted` pixels with which every cell covers the same number of half pixels where cells are small. */
export function edgeFor(wanted: number, [panel]: readonly Panel[]): number {
  const cells = Math.max(panel?.rows ?? 1, panel?.columns ?? 1);
  const halves = (2 * wanted) / cells;
  return halves < 1 || halves > 8 ? wanted : (Math.floor(halves) * cells) / 2;
}

function describe(title: string, panels: readonly Panel[], quantity: Quantity): string {
  const [{ rows, columns }] = panels as [Panel];
  let best = { value: -Infinity, panel: '', i: 0, j: 0 };
  for (const { name, values } of panels)
    values.forEach((value, at) => {
      if (Math.abs(value) > best.value)
        best = { value: Math.abs(value), panel: name, i: Math.floor(at / columns), j: at % columns };
    });
  const what = quantity === 'logits' ? 'logit' : quantity === 'weights' ? 'weight' : 'effective weight';
  return (
    `${title}: ${count(panels.length, 'heatmap')} of ${rows} queries by ${columns} keys; ` +
    `the largest ${what}${quantity === 'weights' ? '' : ' in size'} is ${show(best.value)} ` +
    `(${best.panel}, query ${best.i}, key ${best.j}).`
  );
}

import { literal, round } from './figure';
import type { Figure, JsonObject } from './figure';
import { imageAddress } from './image';
import { blockFor, coarsen, filled } from './panels';
import type { Panel, Scale } from './panels';
import { colourAt, hex, ink, plotlyLayout, size, vegaConfig } from './theme';

/** Maps of one quantity with one colour scale, laid out in rows. */
export interface Block {
  readonly heading?: string;
  readonly panels: readonly Panel[];
  readonly scale: Scale;
  /** Panels side by side. */
  readonly across: number;
  /** Edge of a panel in pixels. */
  readonly edge: number;
}

interface MapFigure {
  readonly title: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** How several blocks stand: beside or below each other. */
  readonly arrangement?: 'across' | 'down';
  readonly rowAxis: string;
  readonly columnAxis: string;
}

// numbers that may travel in an interactive figure (about six bytes each), and pixels in a still one
const interactiveCells = 33_000;
const stillPixels = 300_000;
// from here on the axes are named once, above
const manyPanels = 8;

/** Several blocks of maps side by side: Plotly with hover, and a still form made of one small image per map. */
export function mapFigure(figure: MapFigure): Figure {
  const { title, text } = figure;
  return { title, text, plotly: interactive(figure), static: still(figure) };
}

function interactive({ title, blocks, arrangement, rowAxis, columnAxis }: MapFigure) {
  const gap = { x: 14, y: 24, blocks: 92 };
  const margin = { l: 58, r: 20, t: title ? 84 : 54, b: 52 };
  const legendRoom = 128;
  const widths = blocks.map(({ across, edge }) => across * edge + (across - 1) * gap.x + legendRoom);
  const heights = blocks.map(({ panels, across, edge }) => {
    const rows = Math.ceil(panels.length / across);
    return rows * edge + (rows - 1) * gap.y;
  });
  const down = arrangement === 'down';
  const total = (sizes: readonly number[], between: number) =>
    sizes.reduce((a, b) => a + b, 0) + (sizes.length - 1) * between;
  const width = down ? Math.max(...widths) : total(widths, gap.blocks);
  const height = down ? total(heights, gap.blocks) : Math.max(...heights);
  const budget = interactiveCells / blocks.length;

  const data: JsonObject[] = [];
  const layout: Record<string, JsonObject[string]> = {
    ...plotlyLayout,
    title: { text: `<b>${literal(title)}</b>`, x: 0, xref: 'paper', font: { size: size.title } },
    width: width + margin.l + margin.r,
    height: height + margin.t + margin.b,
    margin,
    plot_bgcolor: ink.missing,
  };
  const annotations: JsonObject[] = [];
  let axis = 0;
  let left = 0;
  let top = 0;
  blocks.forEach(({ heading, panels, scale, across, edge }, b) => {
    const block = blockFor(filled(panels), budget);
    const legend = `coloraxis${b ? b + 1 : ''}`;
    const first = axis + 1;
    const tall = heights[b] as number;
    layout[legend] = {
      cmin: scale.low,
      cmax: scale.high,
      colorscale: stops(scale, 16).map((colour, i) => [i / 16, colour]),
      colorbar: {
        title: { text: literal(scale.legend), side: 'top' },
        thickness: 12,
        outlinewidth: 0,
        x: round((left + (widths[b] as number) - legendRoom + 8) / width),
        y: round(1 - top / height, 6),
        yanchor: 'top',
        ypad: 0,
        len: round(Math.min(tall, 240) / height),
      },
    };
    if (heading)
      annotations.push({
        ...{ text: literal(heading), showarrow: false, xref: 'paper', yref: 'paper', xanchor: 'left' },
        ...{
          x: round(left / width),
          y: round(1 - top / height, 6),
          yanchor: 'bottom',
          yshift: 20,
          font: { size: size.axis },
        },
      });
    panels.forEach((panel, n) => {
      axis += 1;
      const id = axis === 1 ? '' : String(axis);
      const match = axis === first ? {} : first === 1 ? '' : String(first);
      const column = n % across;
      const row = Math.floor(n / across);
      const x = left + column * (edge + gap.x);
      const y = top + row * (edge + gap.y);
      const shared = { showgrid: false, zeroline: false, ticks: '', constrain: 'domain', nticks: 4 };
      layout[`xaxis${id}`] = {
        ...shared,
        ...{ domain: [round(x / width, 6), round((x + edge) / width, 6)], anchor: `y${id}` },
        range: [-0.5, panel.columns - 0.5],
        showticklabels: n + across >= panels.length,
        ...(typeof match === 'string' ? { matches: `x${match}` } : {}),
        ...(n + across >= panels.length && column === 0 ? { title: { text: columnAxis, standoff: 6 } } : {}),
      };
      layout[`yaxis${id}`] = {
        ...shared,
        domain: [round(1 - (y + edge) / height, 6), round(1 - y / height, 6)],
        anchor: `x${id}`,
        range: [panel.rows - 0.5, -0.5],
        showticklabels: column === 0,
        ...(typeof match === 'string' ? { matches: `y${match}` } : {}),
        ...(column === 0 && row === 0 ? { title: { text: rowAxis, standoff: 4 } } : {}),
      };
      annotations.push({
        ...{ text: literal(panel.name), showarrow: false, xref: `x${id} domain`, yref: `y${id} domain` },
        ...{ x: 0.5, y: 1, yanchor: 'bottom' },
      });
      data.push(trace(panel, block, scale, { x: `x${id}`, y: `y${id}`, legend, rowAxis, columnAxis }));
    });
    if (down) top += tall + gap.blocks;
    else left += (widths[b] as number) + gap.blocks;
  });
  return { data, layout: { ...layout, annotations } };
}

function trace(
  panel: Panel,
  block: number,
  { legend: quantity, low, high }: Scale,
  at: { x: string; y: string; legend: string; rowAxis: string; columnAxis: string },
): JsonObject {
  const small = coarsen(panel, block);
  // as many decimals as 1/1000 of the scale needs: colours cannot show more
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high)))));
  const z = Array.from({ length: small.rows }, (_, i) => {
    const row = Array.from(small.values.subarray(i * small.columns, (i + 1) * small.columns), (value) =>
      Number.isNaN(value) ? null : Number(value.toFixed(decimals)) + 0,
    );
    while (row.length && row[row.length - 1] === null) row.pop();
    return row;
  });
  const middle = (block - 1) / 2;
  const mean = block === 1 ? '' : ` (mean of ${block} × ${block} cells)`;
  return {
    type: 'heatmap',
    name: literal(panel.name),
    z,
    ...(block === 1 ? {} : { x0: middle, dx: block, y0: middle, dy: block }),
    ...{ xaxis: at.x, yaxis: at.y, coloraxis: at.legend, hoverongaps: false },
    hovertemplate: `${at.rowAxis} = %{y}, ${at.columnAxis} = %{x}<br>${literal(quantity)} <b>%{z}</b>${mean}`,
  };
}

function still({ title, text, blocks, arrangement, rowAxis, columnAxis }: MapFigure): JsonObject {
  return {
    title: {
      text: title,
      ...(blocks.some(({ panels }) => panels.length > manyPanels)
        ? { subtitle: `${rowAxis} down, ${columnAxis} across` }
        : {}),
    },
    description: text,
    config: vegaConfig,
    spacing: 28,
    resolve: { scale: { color: 'independent' } },
    [arrangement === 'down' ? 'vconcat' : 'hconcat']: blocks.map((block) =>
      stillBlock(block, rowAxis, columnAxis, blocks.length),
    ),
  };
}

function stillBlock(
  { heading, panels, scale, across, edge }: Block,
  rowAxis: string,
  columnAxis: string,
  blocks: number,
): JsonObject {
  const [{ rows, columns }] = panels as [Panel];
  const block = blockFor(panels.length * rows * columns, stillPixels / blocks);
  const names = panels.map(({ name }) => name);
  const axis = (title: string) => ({
    ...{ grid: false, tickCount: 3, domain: false, ticks: false },
    title: panels.length > manyPanels ? null : title,
  });
  return {
    ...(heading ? { title: { text: heading, fontSize: size.axis, fontWeight: 'normal' } } : {}),
    data: { values: panels.map((panel, n) => ({ n, image: picture(coarsen(panel, block), scale) })) },
    facet: {
      field: 'n',
      type: 'ordinal',
      header: { title: null, labelPadding: 3, labelExpr: `${JSON.stringify(names)}[datum.value]` },
    },
    columns: across,
    spacing: { row: 6, column: 12 },
    spec: {
      width: edge,
      height: edge,
      layer: [
        {
          mark: { type: 'image', width: edge, height: edge, aspect: false, smooth: false },
          encoding: {
            url: { field: 'image', type: 'nominal' },
            description: { value: 'heatmap' },
            x: {
              datum: (columns - 1) / 2,
              type: 'quantitative',
              scale: { domain: [-0.5, columns - 0.5], nice: false },
              axis: axis(columnAxis),
            },
            y: {
              datum: (rows - 1) / 2,
              type: 'quantitative',
              scale: { domain: [-0.5, rows - 0.5], nice: false, reverse: true },
              axis: axis(rowAxis),
            },
          },
        },
        {
          // nothing to see here: it brings the legend of the colours
          data: { values: [{ value: scale.low }, { value: scale.high }] },
          mark: { type: 'point', size: 0, opacity: 1 },
          encoding: {
            color: {
              field: 'value',
              type: 'quantitative',
              scale: { domain: [scale.low, scale.high], range: stops(scale, 32) },
              legend: { title: scale.legend, gradientLength: Math.min(200, Math.max(90, edge)) },
            },
          },
        },
      ],
    },
  };
}

/** Colours of a scale at `count + 1` evenly spaced numbers. */
function stops({ palette, bend }: Scale, count: number): string[] {
  return Array.from({ length: count + 1 }, (_, i) => hex(colourAt(palette, (i / count) ** bend)));
}

function picture(panel: Panel, { low, high, palette, bend }: Scale): string {
  const shades = 96;
  const missing = colourAt([ink.missing, ink.missing], 0);
  const colours = Array.from({ length: shades }, (_, i) => colourAt(palette, i / (shades - 1)));
  return imageAddress({
    width: panel.columns,
    height: panel.rows,
    pixels: Uint8Array.from(panel.values, (value) =>
      Number.isNaN(value) ? shades : Math.round(((value - low) / (high - low)) ** bend * (shades - 1)),
    ),
    colours: [...colours, missing],
  });
}

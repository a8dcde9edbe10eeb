import type { JsonObject } from './figure';

/** One look for all figures: what is decided here is decided nowhere else. */
export const font = 'DejaVu Sans, Verdana, Arial, sans-serif';

/** Text sizes in CSS pixels. */
export const size = { title: 15, subtitle: 12, axis: 12, label: 11 } as const;

/** Greys: text, axis lines, grid lines, and cells that hold no value. */
export const ink = { text: '#222222', axis: '#555555', grid: '#e4e4e4', missing: '#e6e6ea' } as const;

/**
 * Colours for runs and series, told apart with every common colour blindness (Okabe and Ito, 2008,
 * https://jfly.uni-koeln.de/color/). Yellow is left out: it cannot be read on white.
 */
export const categorical = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#5f5f5f',
] as const;

/** Dash patterns and point shapes that repeat what the colours say, for print and for screen readers' owners. */
export const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 1], [1, 3]] as const;
export const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'stroke',
] as const;

/** Colours from low to high, evenly spaced. */
export type Palette = readonly string[];

/** For amounts that start at zero, such as attention weights: viridis (van der Walt and Smith, 2015, CC0). */
export const sequential: Palette = [
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725',
];

/** For signed quantities, such as logits, with zero in the middle: RdBu reversed (Brewer, https://colorbrewer2.org). */
export const diverging: Palette = [
  '#053061',
  '#2166ac',
  '#4393c3',
  '#92c5de',
  '#d1e5f0',
  '#f7f7f7',
  '#fddbc7',
  '#f4a582',
  '#d6604d',
  '#b2182b',
  '#67001f',
];

/** Red, green and blue (0 to 255) at `place` (0 to 1) of a palette. */
export function colourAt(palette: Palette, place: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, place)) * (palette.length - 1);
  const low = Math.min(palette.length - 2, Math.floor(at));
  const [a, b] = [channels(palette[low] as string), channels(palette[low + 1] as string)];
  const mix = (channel: 0 | 1 | 2) => Math.round(a[channel] + (at - low) * (b[channel] - a[channel]));
  return [mix(0), mix(1), mix(2)];
}

/** `#rrggbb`. */
export function hex(rgb: readonly [number, number, number]): string {
  return `#${rgb.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour of the n-th series. */
export function colour(n: number): string {
  return categorical[n % categorical.length] as string;
}

/** Vega-Lite configuration shared by all figures. */
export const vegaConfig: JsonObject = {
  background: 'white',
  font,
  padding: 8,
  title: {
    fontSize: size.title,
    fontWeight: 'bold',
    color: ink.text,
    subtitleFontSize: size.subtitle,
    subtitleColor: ink.axis,
    subtitlePadding: 5,
    anchor: 'start',
    offset: 12,
  },
  axis: {
    titleFontSize: size.axis,
    titleFontWeight: 'normal',
    titleColor: ink.text,
    labelFontSize: size.label,
    labelColor: ink.text,
    domainColor: ink.axis,
    tickColor: ink.axis,
    gridColor: ink.grid,
    titlePadding: 8,
  },
  legend: {
    titleFontSize: size.axis,
    titleFontWeight: 'normal',
    labelFontSize: size.label,
    labelColor: ink.text,
    titleColor: ink.text,
    labelLimit: 420,
    symbolStrokeWidth: 2.5,
    symbolSize: 90,
    symbolOpacity: 1,
  },
  header: { labelFontSize: size.label, labelColor: ink.text },
  view: { stroke: null },
};

/** The same with legends below the chart: long names never make a figure wider than a notebook's column. */
export const legendBelow: JsonObject = {
  ...vegaConfig,
  legend: { ...(vegaConfig['legend'] as JsonObject), orient: 'bottom', direction: 'vertical' },
};

/** Plotly layout shared by all figures; colours of paper and text are left to the renderer's theme. */
export const plotlyLayout: JsonObject = {
  font: { family: font, size: size.label },
  hoverlabel: { font: { family: font, size: size.axis } },
  showlegend: false,
};

function channels(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

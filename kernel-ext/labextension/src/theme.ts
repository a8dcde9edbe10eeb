/** A Plotly figure as data. */
export interface PlotlyFigure {
  readonly data: unknown[];
  readonly layout: Readonly<Record<string, unknown>>;
}

/** Whether JupyterLab shows a dark theme now. */
export function isDark(): boolean {
  return document.body.dataset['jpThemeLight'] === 'false';
}

/** Calls `listener` when the theme changes; the returned function ends that. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] });
  return () => observer.disconnect();
}

const axis = { color: '#dadada', gridcolor: '#474747', zerolinecolor: '#6a6a6a' };
// a template only fills in what the figure leaves open
const dark = {
  layout: {
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: 'rgba(0, 0, 0, 0)',
    font: { color: '#e4e4e4' },
    xaxis: axis,
    yaxis: axis,
  },
};

/** The figure with the theme's defaults, and with zoom that survives updates in place. */
export function themed({ data, layout }: PlotlyFigure, darkTheme: boolean): PlotlyFigure {
  return {
    data,
    layout: { uirevision: true, ...(darkTheme ? { template: dark } : {}), ...layout },
  };
}

import type { Widget } from '@lumino/widgets';
import { isDark, onThemeChange, themed } from './theme';
import type { PlotlyFigure } from './theme';

export const plotlyMime = 'application/vnd.plotly.v1+json';

/** The part of Plotly that is used here. */
interface Plotly {
  react(node: HTMLElement, data: unknown[], layout: object, config: object): Promise<unknown>;
  purge(node: HTMLElement): void;
  Plots: { resize(node: HTMLElement): Promise<unknown> };
}

/** JupyterLab's view of one output: every form it came in. */
interface MimeModel {
  readonly data: Readonly<Record<string, unknown>>;
}

// set by the build: the file that holds Plotly, next to this script
declare const PLOTLY_FILE: string;
const here = (document.currentScript as HTMLScriptElement | null)?.src ?? location.href;
let loading: Promise<Plotly> | undefined;

/** Plotly, loaded when the first figure asks for it. A failed attempt may be repeated. */
function plotly(): Promise<Plotly> {
  loading ??= import(new URL(PLOTLY_FILE, here).href).then(
    (module: { default: Plotly }) => module.default,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

// no logo, no button that uploads the figure, and no map data fetched from elsewhere
const config = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: '',
  topojsonURL: '',
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'sendChartToCloud'],
  toImageButtonOptions: { format: 'png', scale: 2 },
};

/** The renderer of Plotly figures, as a subclass of JupyterLab's own Widget. */
export function plotlyOutput(Base: typeof Widget) {
  return class PlotlyOutput extends Base {
    readonly #mime: string;
    readonly #size: ResizeObserver;
    readonly #forgetTheme: () => void;
    #model: MimeModel | undefined;
    #drawing: Promise<void> | undefined;
    #again = false;
    #drawn = false;

    constructor({ mimeType }: { mimeType: string }) {
      super();
      this.#mime = mimeType;
      this.addClass('attention-lab-plotly');
      this.node.setAttribute('role', 'img');
      this.node.style.overflow = 'auto';
      this.#size = new ResizeObserver(() => void this.#fit());
      this.#size.observe(this.node);
      this.#forgetTheme = onThemeChange(() => void (this.#model && this.renderModel(this.#model)));
    }

    /** Draws `model`, or redraws in place when called again; while one drawing runs, only the latest is kept. */
    async renderModel(model: MimeModel): Promise<void> {
      this.#model = model;
      if (this.#drawing) {
        this.#again = true;
        return this.#drawing;
      }
      this.#drawing = this.#draw().finally(() => {
        this.#drawing = undefined;
      });
      return this.#drawing;
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.#size.disconnect();
      this.#forgetTheme();
      if (this.#drawn) void plotly().then((library) => library.purge(this.node));
      super.dispose();
    }

    async #draw(): Promise<void> {
      do {
        this.#again = false;
        const bundle = this.#model?.data ?? {};
        const summary = String(bundle['text/plain'] ?? '');
        try {
          const figure = readFigure(bundle[this.#mime]);
          const library = await plotly();
          if (this.isDisposed) return;
          if (!this.#drawn) this.node.replaceChildren();
          this.#drawn = true;
          const { data, layout } = themed(figure, isDark());
          if (summary) this.node.setAttribute('aria-label', summary);
          await library.react(this.node, data, layout, config);
        } catch (error) {
          this.#explain(error, summary);
        }
      } while (this.#again && !this.isDisposed);
    }

    // a figure with a width of its own keeps it; others follow the column
    async #fit(): Promise<void> {
      const { layout } = (this.#model?.data[this.#mime] ?? {}) as Partial<PlotlyFigure>;
      if (!this.#drawn || this.isDisposed || typeof layout?.['width'] === 'number' || !this.isVisible) return;
      await (await plotly()).Plots.resize(this.node);
    }

    #explain(error: unknown, summary: string): void {
      const note = document.createElement('pre');
      note.textContent = [
        `This figure cannot be drawn: ${error instanceof Error ? error.message : error}`,
        summary,
      ]
        .filter(Boolean)
        .join('\n');
      this.node.replaceChildren(note);
      this.#drawn = false;
    }
  };
}

// Plotly writes into what it is given; the notebook's data must stay as it was saved
function readFigure(value: unknown): PlotlyFigure {
  const { data, layout } = (value ?? {}) as Partial<PlotlyFigure>;
  if (!Array.isArray(data)) throw new Error(`'data' must be a list of traces, got ${typeof data}`);
  return structuredClone({ data, layout: layout ?? {} });
}

import { randomUUID } from 'node:crypto';
import type { Figure } from '../../src/plot/figure';
import { host } from './hosts';
import { drawn } from './reprs';
import { Throttle } from './throttle';
import type { MimeBundle, NotebookHost } from '../host';

const betweenFrames = 100;

/** A figure that is redrawn in place. */
export interface LiveFigure {
  /** Draws the present state soon: at most ten times a second, and always the last one. */
  refresh(): void;
}

/**
 * Shows a figure that changes while the cell runs. Frames are interactive only; when the cell ends, the last one is sent once more
 * with its PNG, so that the saved notebook shows it everywhere.
 *
 * @param figure makes the figure from the present state
 *
 * @example
 * const curve = liveFigure(() => lossCurve({ runs: [{ name: 'ELiTA', steps, losses }] }));
 * await fit(model, data, { steps: 300, onStep: ({ step, loss }) => { steps.push(step); losses.push(loss); curve.refresh(); } });
 */
export function liveFigure(figure: () => Figure): LiveFigure {
  const place = host();
  const frames = new Frames(place);
  const throttle = new Throttle(place, betweenFrames, () => frames.show(interactive(figure())));
  let ends = false;
  return {
    refresh: () => {
      place.check();
      throttle.request();
      if (ends) return;
      ends = true;
      place.atEnd(async () => {
        const { data, metadata } = await drawn(figure());
        frames.show(data, metadata);
      });
    },
  };
}

/** An output that replaces itself. */
export class Frames {
  private readonly id = randomUUID();
  private mode: 'add' | 'update' = 'add';

  constructor(private readonly place: NotebookHost) {}

  show(bundle: MimeBundle, metadata: Record<string, unknown> = {}): void {
    this.place.output(bundle, { id: this.id, mode: this.mode, metadata, when: 'always' });
    this.mode = 'update';
  }
}

/** The figure without its PNG. Here and not from figure.ts, which loads Vega. */
function interactive(figure: Figure): MimeBundle {
  return {
    ...(figure.plotly && { 'application/vnd.plotly.v1+json': figure.plotly }),
    ...(figure.vegalite && { 'application/vnd.vegalite.v5+json': figure.vegalite }),
    'text/plain': figure.text,
  };
}

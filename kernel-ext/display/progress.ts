import { ConfigError } from '../../src/core/errors';
import { host } from './hosts';
import { Frames } from './live';
import { Throttle } from './throttle';

const betweenFrames = 100;
const barWidth = 24;

/** A progress bar that is advanced by hand. */
export interface Progress {
  /** Says that some more (one, if not told) is done. */
  advance(by?: number): void;
}

/**
 * A progress bar: around anything that can be iterated, or for a number of things to be counted by hand.
 *
 * @throws ConfigError when the total is not a number of at least 0
 *
 * @example
 * for (const batch of progress(batches)) train(batch);
 * const bar = progress(300);
 * bar.advance();
 */
export function progress(total: number, label?: string): Progress;
export function progress<T>(items: Iterable<T>, label?: string): Iterable<T>;
export function progress<T>(given: number | Iterable<T>, label = ''): Progress | Iterable<T> {
  if (typeof given === 'number') return new Bar(given, label);
  const { length, size } = given as { readonly length?: number; readonly size?: number };
  return walk(given, new Bar(length ?? size ?? NaN, label));
}

function* walk<T>(items: Iterable<T>, bar: Bar): Iterable<T> {
  for (const item of items) {
    yield item;
    bar.advance();
  }
  bar.end();
}

class Bar implements Progress {
  private readonly place = host();
  private readonly frames = new Frames(this.place);
  private readonly throttle = new Throttle(this.place, betweenFrames, () => this.draw());
  private readonly began = performance.now();
  private done = 0;

  /** @param total NaN when nobody knows */
  constructor(
    private total: number,
    private readonly label: string,
  ) {
    if (total < 0) throw new ConfigError(`progress: argument 'total' must be at least 0, got ${total}`);
    this.throttle.request();
  }

  advance(by = 1): void {
    this.place.check();
    this.done += by;
    this.throttle.request();
  }

  end(): void {
    this.total = this.done;
    this.draw();
  }

  private draw(): void {
    const { done, total } = this;
    const text = this.text();
    const value = Number.isNaN(total) ? '' : ` max="${Math.max(total, 1)}" value="${done}"`;
    const html = `<progress${value} style="width: 24em; vertical-align: middle"></progress> ${escapeHtml(text.short)}`;
    this.frames.show({ 'text/html': html, 'text/plain': text.full });
  }

  private text(): { readonly short: string; readonly full: string } {
    const { done, total, label } = this;
    const seconds = (performance.now() - this.began) / 1000;
    const speed = done / Math.max(seconds, 1e-3);
    const head = label === '' ? '' : `${label} `;
    const count = Number.isNaN(total) ? `${done}` : `${done}/${total}`;
    const left = done > 0 && total > done ? `, ${time((total - done) / speed)} left` : '';
    const short = `${head}${count}, ${time(seconds)}${left}, ${speed.toPrecision(3)}/s`;
    if (Number.isNaN(total)) return { short, full: short };
    const filled = total > 0 ? Math.round((Math.min(done, total) / total) * barWidth) : barWidth;
    return { short, full: `[${'#'.repeat(filled).padEnd(barWidth, '-')}] ${short}` };
  }
}

function time(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

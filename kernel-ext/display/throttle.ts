import type { NotebookHost } from '../host';

/** Does something at most every so often, and always once more after the last request. */
export class Throttle {
  private last = -Infinity;
  private waiting = false;

  constructor(
    private readonly host: NotebookHost,
    private readonly milliseconds: number,
    private readonly work: () => void,
  ) {}

  /** Asks for the work: now if there was none for a while, else when that while is over or the cell ends. */
  request(): void {
    if (this.waiting) return;
    const rest = this.last + this.milliseconds - performance.now();
    if (rest <= 0) {
      this.run();
      return;
    }
    this.waiting = true;
    this.host.later(() => {
      this.waiting = false;
      this.run();
    }, rest);
  }

  private run(): void {
    this.last = performance.now();
    this.work();
  }
}

import { shownForm } from '../display/registry';
import type { Shown } from '../display/registry';
import type { Engine, EngineResult } from './engine';
import { describeDiagnostics } from './errors/diagnostics';
import { describeError, interrupted } from './errors/describe';
import type { Sources } from './errors/sources';
import { inCell } from './execution/cell';
import type { Cell } from './execution/cell';
import type { Interrupts } from './execution/interrupts';
import { realTimers } from './execution/realTimers';
import type { ErrorContent } from './protocol';

/** What a cell comes to. */
export type Outcome =
  | { readonly status: 'ok'; readonly result?: Shown }
  | { readonly status: 'error'; readonly error: ErrorContent; readonly shown: 'already' | 'not yet' };

/** Runs cells and turns whatever they do into something that can be shown. */
export class CellRunner {
  constructor(
    private readonly engine: Engine,
    private readonly interrupts: Interrupts,
    private readonly sources: Sources,
    private readonly folder: string,
  ) {}

  /** Runs one cell to its end. Never throws. */
  async run(cell: Cell, code: string): Promise<Outcome> {
    this.sources.add(cell.number, code);
    this.interrupts.begin(cell);
    let outcome: Outcome;
    try {
      const result = await cell.untilCancelled(this.start(cell, code));
      outcome = await cell.untilCancelled(this.settle(cell, result));
    } catch (error) {
      outcome = this.failure(error);
      // the last states of charts are worth seeing; nobody waits for what takes longer
      this.finish(cell).catch(() => {});
    }
    this.interrupts.end(cell);
    if (cell.interrupted) return { status: 'error', error: interrupted(), shown: 'not yet' };
    if (outcome.status === 'ok' && cell.strayError)
      return { ...this.failure(cell.strayError.error), shown: 'already' };
    return outcome;
  }

  /** What is shown about something thrown. */
  failure(error: unknown): Outcome & { readonly status: 'error' } {
    const content = describeError(error, this.engine.maps, this.sources);
    return { status: 'error', error: content, shown: 'not yet' };
  }

  /** In a turn of the event loop of its own: whatever ends the cell's stack does not end the kernel's. */
  private start(cell: Cell, code: string): Promise<EngineResult> {
    return new Promise((resolve, reject) => {
      realTimers.setImmediate(() =>
        inCell(cell, () => {
          this.engine.execute(code, cell.number).then(resolve, reject);
        }),
      );
    });
  }

  private async settle(cell: Cell, result: EngineResult): Promise<Outcome> {
    if (result.kind === 'diagnostics') {
      const { diagnostics } = result;
      const error = describeDiagnostics(diagnostics, cell.number, this.folder, this.sources);
      return { status: 'error', error, shown: 'not yet' };
    }
    const shows = result.kind === 'value' && result.value !== undefined;
    const shown = shows ? await inCell(cell, () => shownForm(result.value)) : undefined;
    await this.finish(cell);
    if (result.kind === 'thrown') return this.failure(result.error);
    return shown ? { status: 'ok', result: shown } : { status: 'ok' };
  }

  private finish(cell: Cell): Promise<void> {
    return inCell(cell, () => cell.finish());
  }
}

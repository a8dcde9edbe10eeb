import type { CellRunner } from './cellRunner';
import { Cell } from './execution/cell';
import type { Outbox } from './outbox';
import { readExecuteRequest } from './protocol';
import type { Json, Message } from './protocol';
import type { History } from './requests/history';
import type { Inputs } from './requests/inputs';

interface Waiting {
  readonly message: Message;
  /** Which execute request of this kernel's life it is. */
  readonly order: number;
}

/** The queue of cells. One runs at a time; an error aborts those that had arrived by then, and no later ones. */
export class Executions {
  /** The request that is being worked on. */
  current: Message | undefined;
  private count = 0;
  private abortedUpTo = 0;
  private queue: Promise<void> = Promise.resolve();

  /**
   * @param runner ready once the compiler is
   * @param received how many execute requests have arrived at the sockets
   */
  constructor(
    private readonly runner: Promise<CellRunner>,
    private readonly outbox: Outbox,
    private readonly history: History,
    private readonly inputs: Inputs,
    private readonly received: () => number,
  ) {}

  /** Takes an `execute_request`. */
  add(message: Message, order: number): void {
    const waiting = { message, order };
    this.queue = this.queue.then(() => this.serve(waiting));
  }

  private async serve({ message, order }: Waiting): Promise<void> {
    const { outbox } = this;
    outbox.status('busy', message.header);
    this.current = message;
    let reply: Json = { status: 'aborted', execution_count: this.count };
    if (order > this.abortedUpTo) reply = await this.execute(message);
    this.current = undefined;
    outbox.reply('execute_reply', reply, message);
    outbox.status('idle', message.header);
  }

  private async execute(message: Message): Promise<Json> {
    const { outbox } = this;
    const { code, silent, storeHistory, allowStdin, stopOnError } = readExecuteRequest(message.content);
    if (storeHistory) this.count += 1;
    const execution_count = this.count;
    const { header, identities } = message;
    if (!silent) outbox.publish('execute_input', { code, execution_count }, header);
    if (storeHistory) this.history.add(execution_count, code);
    outbox.last = header;
    this.inputs.reset();

    const runner = await this.runner;
    const cell = new Cell(header, identities, execution_count, allowStdin ? 'allowed' : 'refused');
    const outcome = await runner.run(cell, code);

    if (outcome.status === 'ok') {
      if (outcome.result && !silent)
        outbox.publish('execute_result', { execution_count, ...outcome.result }, header);
      return { status: 'ok', execution_count, payload: [], user_expressions: {} };
    }
    if (!silent && outcome.shown === 'not yet') outbox.publish('error', { ...outcome.error }, header);
    if (stopOnError) this.abortedUpTo = this.received();
    return { status: 'error', execution_count, ...outcome.error };
  }
}

import type { Engine } from './engine';
import { Cell, inCell } from './execution/cell';
import type { Executions } from './executions';
import type { Outbox } from './outbox';
import { text } from './protocol';
import type { Json, Message } from './protocol';
import type { Comms } from './requests/comms';
import { completeReply } from './requests/complete';
import type { History } from './requests/history';
import type { Inputs } from './requests/inputs';
import { inspectReply } from './requests/inspect';
import { isCompleteReply } from './requests/isComplete';

/** What the requests are answered from. */
export interface Services {
  readonly engine: Promise<Engine>;
  readonly executions: Executions;
  readonly history: History;
  readonly comms: Comms;
  readonly inputs: Inputs;
  readonly outbox: Outbox;
}

/**
 * Answers the requests that the I/O thread passes on. All but `execute_request` are answered at once, also while a cell waits
 * for something.
 */
export class Server {
  constructor(private readonly services: Services) {}

  /** Takes one request. `order` counts execute requests. */
  receive(message: Message, order: number): void {
    const type = message.header.msg_type;
    if (type === 'execute_request') this.services.executions.add(message, order);
    else if (type === 'input_reply') this.services.inputs.receive(message.content);
    else void this.serve(type, message);
  }

  private async serve(type: string, message: Message): Promise<void> {
    const { outbox, executions } = this.services;
    outbox.status('busy', message.header);
    try {
      const content = await this.answer(type, message);
      if (content) outbox.reply(type.replace('_request', '_reply'), content, message);
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error);
      const reply = { status: 'error', ename: 'KernelError', evalue, traceback: [evalue] };
      if (type.endsWith('_request')) outbox.reply(type.replace('_request', '_reply'), reply, message);
      else outbox.print('stderr', `${type}: ${evalue}\n`);
    }
    outbox.status('idle', message.header);
    // front ends show the last state they heard of: a running cell is still running
    if (executions.current) outbox.status('busy', executions.current.header);
  }

  private async answer(type: string, message: Message): Promise<Json | undefined> {
    const { engine, history, comms } = this.services;
    const { content, buffers } = message;
    switch (type) {
      case 'complete_request':
        return completeReply(await engine, content);
      case 'inspect_request':
        return inspectReply(await engine, content);
      case 'is_complete_request':
        return isCompleteReply((await engine).typescript, text(content['code']));
      case 'history_request':
        return history.reply(content);
      case 'comm_info_request':
        return comms.infoReply(content);
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        // what a callback shows belongs to the message that it was called for
        inCell(new Cell(message.header, message.identities, 0, 'refused'), () =>
          comms.receive(type, content, buffers),
        );
        return undefined;
      default:
        return undefined;
    }
  }
}

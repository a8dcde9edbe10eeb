import type { ToWorker, StreamName } from './io/link';
import { currentCell } from './execution/cell';
import type { Cell } from './execution/cell';
import type { Header, Json, Message } from './protocol';
import type { MimeBundle, OutputOptions } from '../host';

/** Everything that the main thread sends goes through here, to the I/O thread. */
export class Outbox {
  /** Output that belongs to no cell is shown under the one that began last. */
  last: Partial<Header> = {};

  constructor(private readonly post: (message: ToWorker) => void) {}

  /** Publishes to all front ends, as caused by `parent`. */
  publish(type: string, content: Json, parent = this.parent(), more: Partial<Message> = {}): void {
    const { metadata, buffers } = more;
    this.post({
      kind: 'send',
      channel: 'iopub',
      type,
      content: JSON.stringify(content),
      parent,
      ...(metadata && { metadata }),
      ...(buffers && buffers.length > 0 && { buffers }),
    });
  }

  /** Answers one request. */
  reply(type: string, content: Json, request: Message): void {
    this.post({
      kind: 'send',
      channel: 'shell',
      type,
      content: JSON.stringify(content),
      parent: request.header,
      identities: request.identities,
    });
  }

  /** Says whether the kernel works on a request. */
  status(state: 'busy' | 'idle', parent: Partial<Header>): void {
    this.publish('status', { execution_state: state }, parent);
  }

  /** Passes printed text on. */
  print(name: StreamName, text: string): void {
    if (text !== '') this.post({ kind: 'stream', name, text, parent: this.parent() });
  }

  /** Publishes a rich output of the cell that is running now. */
  output(data: MimeBundle, { id, mode = 'add', metadata = {} }: OutputOptions = {}): void {
    const type = mode === 'update' ? 'update_display_data' : 'display_data';
    const transient = id === undefined ? {} : { display_id: id };
    this.publish(type, { data, metadata, transient });
  }

  /** Asks the front end that sent the cell for a line of text. */
  askInput(cell: Cell, prompt: string, echo: 'show' | 'hide'): void {
    this.post({
      kind: 'send',
      channel: 'stdin',
      type: 'input_request',
      content: JSON.stringify({ prompt, password: echo === 'hide' }),
      parent: cell.parent,
      identities: cell.identities,
    });
  }

  private parent(): Partial<Header> {
    return currentCell()?.parent ?? this.last;
  }
}

import type { Header } from '../protocol';
import type { StreamName } from './link';

const waitMilliseconds = 15;
const largestText = 1 << 18;

/**
 * Joins neighbouring pieces of one stream into one message: a loop that prints 5,000 lines costs the front end a
 * handful of messages instead of 5,000. Order is kept because everything else that is published flushes first.
 */
export class StreamJoiner {
  private name: StreamName = 'stdout';
  private parent: Partial<Header> = {};
  private pieces: string[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (name: StreamName, text: string, parent: Partial<Header>) => void) {}

  /** Takes one piece of text of one cell's stream. */
  write(name: StreamName, text: string, parent: Partial<Header>): void {
    if (name !== this.name || parent.msg_id !== this.parent.msg_id) this.flush();
    this.name = name;
    this.parent = parent;
    this.pieces.push(text);
    this.length += text.length;
    if (this.length >= largestText) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), waitMilliseconds);
  }

  /** Publishes what has been gathered. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pieces.length === 0) return;
    const text = this.pieces.join('');
    this.pieces = [];
    this.length = 0;
    this.publish(this.name, text, this.parent);
  }
}

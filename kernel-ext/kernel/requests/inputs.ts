import { currentCell } from '../execution/cell';
import type { Outbox } from '../outbox';
import { text } from '../protocol';
import type { Json } from '../protocol';

/** Questions to the person at the front end; answered one after the other. */
export class Inputs {
  private readonly waiting: ((answer: string) => void)[] = [];

  constructor(private readonly outbox: Outbox) {}

  /**
   * Asks and waits for the answer.
   *
   * @throws Error when there is nobody to ask (a notebook that is executed without a front end)
   */
  ask(prompt: string, echo: 'show' | 'hide'): Promise<string> {
    const cell = currentCell();
    if (!cell || cell.asks === 'refused')
      return Promise.reject(new Error('input: this front end does not take input (it refused stdin)'));
    this.outbox.askInput(cell, prompt, echo);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Takes an `input_reply`. */
  receive(content: Json): void {
    this.waiting.shift()?.(text(content['value']));
  }

  /** Forgets the questions of a cell that has ended. */
  reset(): void {
    this.waiting.length = 0;
  }
}

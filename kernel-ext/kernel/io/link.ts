import type { Connection } from '../connection';
import type { Channel, Header, Json, Message } from '../protocol';

// What the two threads say to each other. The I/O thread owns the sockets; the main thread runs cells. Interrupts also
// travel through shared memory, because a busy main thread reads no messages.

/** Slots of the shared Int32Array. */
export const slots = {
  /** Number of the interrupt that waits for an answer, 0 when none does, -1 when only cancelled cells must stop. */
  stop: 0,
  /** Number of the newest interrupt that the main thread has taken in hand. */
  handled: 1,
  /** 1 while the compiler works: breaking in there would leave it half updated. */
  compiling: 2,
  /** How many execute requests have arrived: after an error, those up to here are aborted. */
  received: 3,
  count: 4,
} as const;

export interface WorkerData {
  readonly connection: Connection;
  readonly flags: Int32Array;
  readonly kernelInfo: Json;
  readonly parentPid: number;
}

export type ToMain =
  | { readonly kind: 'ready' }
  | { readonly kind: 'request'; readonly message: Message; readonly order: number }
  | { readonly kind: 'interrupt'; readonly order: number }
  | { readonly kind: 'closed' };

export type ToWorker =
  /** The terminal's Ctrl-C: to be treated like an `interrupt_request`. */
  | { readonly kind: 'interrupt' }
  | {
      readonly kind: 'send';
      readonly channel: Channel;
      readonly type: string;
      /** JSON text. */
      readonly content: string;
      readonly parent: Partial<Header>;
      readonly identities?: readonly Uint8Array[];
      readonly metadata?: Json;
      readonly buffers?: readonly Uint8Array[];
    }
  | {
      readonly kind: 'stream';
      readonly name: StreamName;
      readonly text: string;
      readonly parent: Partial<Header>;
    };

export type StreamName = 'stdout' | 'stderr';

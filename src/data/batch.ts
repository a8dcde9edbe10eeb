/** The target of a position that does not count in the loss. */
export const IGNORED = -1;

/** Token ids for one training or evaluation step, row after row: position (b, t) is at `b * time + t`. */
export interface Batch {
  /** `[batch, time]`: what the model reads. */
  readonly inputs: Int32Array;
  /** `[batch, time]`: what it should say at each position; {@link IGNORED} (-1) where the loss does not look. */
  readonly targets: Int32Array;
  readonly batch: number;
  readonly time: number;
}

/** An endless supply of training batches and a fixed held-out part to judge by. */
export interface BatchSource {
  /** How many different token ids there are: ids lie in 0 … vocabulary - 1. */
  readonly vocabulary: number;
  /** Bytes of text per token, to turn nats per token into bits per byte (1 for bytes and for synthetic tasks). */
  readonly bytesPerToken: number;
  /** The lowest mean loss any model can reach, in nats per token, where the task makes it known. */
  readonly floor?: number;
  /** The next training batch. Never holds a held-out token. */
  next(): Batch;
  /** Plain JSON: hand it to {@link restore} of an equal source, in any process, and `next()` continues bit by bit. */
  readonly state: unknown;
  restore(state: unknown): void;
  /** The held-out batches: the same at every call, the last one filled up with {@link IGNORED} targets. */
  evaluation(): Iterable<Batch>;
}

/** A batch of zeros whose every target is {@link IGNORED}: the blank form that sources fill in. */
export function emptyBatch(batch: number, time: number): Batch {
  const targets = new Int32Array(batch * time).fill(IGNORED);
  return { inputs: new Int32Array(batch * time), targets, batch, time };
}

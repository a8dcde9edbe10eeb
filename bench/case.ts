/** One thing to time: the same work for our kernels and for stock TensorFlow.js. */
export interface Case {
  readonly name: string;
  /** Sequence length (or the size that stands for it). */
  readonly T: number;
  /** Floating-point operations the mathematics needs. */
  readonly flops: number;
  /**
   * Bytes that no program can avoid: every input read once and every result written once. What lies between, forward
   * results that only a backward pass reads among them, could stay in a cache and does not count.
   */
  readonly bytes: number;
  /** Makes the inputs. `run` does the work once and waits for the result; it must leak nothing. */
  prepare(): { run(): void; dispose(): void };
}

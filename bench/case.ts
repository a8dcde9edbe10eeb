/** One thing to time: the same work for our kernels and for stock TensorFlow.js. */
export interface Case {
  readonly name: string;
  /** Sequence length (or the size that stands for it). */
  readonly T: number;
  /** Floating-point operations the mathematics needs. */
  readonly flops: number;
  /** Bytes that must at least be read and written. */
  readonly bytes: number;
  /** Makes the inputs. `run` does the work once and waits for the result; it must leak nothing. */
  prepare(): { run(): void; dispose(): void };
}

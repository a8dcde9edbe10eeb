import { sampleInputs } from '../attention/forms';
import type { AnyAttention, Inputs } from '../attention/variant';
import { expect, expectInteger } from '../core/errors';
import type { Seed } from '../core/random';
import { stopSignal, yieldToEventLoop } from '../core/signal';
import { tf } from '../core/tf';
import { scalingPoint } from '../plot/slope';
import type { ScalingSeries } from '../plot/scaling';

/** What to measure. */
export interface ScalingOptions {
  readonly variants: readonly AnyAttention[];
  /** Sequence lengths T, e.g. `[512, 1024, 2048, 4096]`. */
  readonly lengths: readonly number[];
  /** 'forward' times the mix alone, 'forwardAndBackward' its gradients too. Default 'forwardAndBackward'. */
  readonly pass?: 'forward' | 'forwardAndBackward';
  /** Timed runs per variant and length, after one warm-up. Default 5. */
  readonly repeats?: number;
  /** Model width D and heads H. Default 64 and 4. */
  readonly width?: number;
  readonly heads?: number;
  readonly batch?: number;
  /** Tokens per block of the chunkwise form. Default 64. */
  readonly chunk?: number;
  readonly seed?: Seed;
  readonly onProgress?: (done: number, all: number, name: string, length: number) => void;
  readonly signal?: AbortSignal;
}

/** Series ready for `plot.scalingCurve`: middle, smallest and largest of the repeats per length. */
export interface Scaling {
  /** Milliseconds. */
  readonly time: readonly ScalingSeries[];
  /** Megabytes of tensors alive at the peak, inputs included. */
  readonly memory: readonly ScalingSeries[];
  /** True if a signal ended the measurement early; the series then hold what was measured. */
  readonly stopped: boolean;
}

interface Measured {
  readonly milliseconds: number[];
  megabytes: number;
}

/**
 * Measures how the mix of each variant grows with the sequence length, on this machine and backend.
 *
 * The variants take turns within every repeat, so that a busy moment hits them all. What is timed is the form that
 * training uses (`chunkwise`, else `parallel`), without projections, which are the same for all. Yields to the event
 * loop between runs. Throws `ConfigError` on an empty list or a bad number.
 *
 * @example
 * const { time } = await scaling({ variants: [attentions.softmax, attentions.elita], lengths: [256, 512, 1024] });
 * show(plot.scalingCurve({ series: time, quantity: 'time (ms)' }));
 */
export async function scaling(options: ScalingOptions): Promise<Scaling> {
  const { variants, lengths, repeats = 5, pass = 'forwardAndBackward', chunk = 64 } = options;
  expect(variants.length > 0, 'scaling', 'variants', 'at least one variant', variants.length);
  expect(lengths.length > 0, 'scaling', 'lengths', 'at least one length', lengths.length);
  for (const length of lengths) expectInteger(length, 'scaling', 'lengths');
  expectInteger(repeats, 'scaling', 'repeats');
  const signal = stopSignal(options.signal);
  const results = new Map<string, Measured>();
  const all = lengths.length * variants.length * (repeats + 1);
  let done = 0;

  for (const length of lengths) {
    const prepared: Inputs[] = [];
    try {
      for (const variant of variants) prepared.push(prepare(variant, length, options));
      for (let run = 0; run <= repeats; run++) {
        for (const [index, variant] of variants.entries()) {
          if (signal?.aborted) return report(options, results, true);
          const work = (): tf.Tensor => mix(variant, prepared[index] as Inputs, chunk, pass);
          const key = `${index} ${length}`;
          if (run === 0)
            results.set(key, {
              milliseconds: [],
              megabytes: await peakMegabytes(work, prepared[index] as Inputs),
            });
          else results.get(key)?.milliseconds.push(time(work));
          options.onProgress?.(++done, all, variant.meta.name, length);
          await yieldToEventLoop();
        }
      }
    } finally {
      tf.dispose(prepared);
    }
  }
  return report(options, results, false);
}

function prepare(variant: AnyAttention, length: number, options: ScalingOptions): Inputs {
  const { width = 64, heads = 4, batch = 1, seed = 0 } = options;
  return sampleInputs(variant, { width, heads, horizon: length }, { batch, time: length, seed }) as Inputs;
}

function mix(
  variant: AnyAttention,
  inputs: Inputs,
  chunk: number,
  pass: 'forward' | 'forwardAndBackward',
): tf.Tensor {
  const forward = (given: Inputs): tf.Tensor =>
    variant.chunkwise ? variant.chunkwise(given, chunk) : variant.parallel(given);
  if (pass === 'forward') return forward(inputs);
  const moving = Object.entries(inputs).filter(([, tensor]) => tensor.dtype === 'float32');
  const gradients = tf.grads((...tensors: tf.Tensor[]) => {
    const given = Object.fromEntries(moving.map(([name], i) => [name, tensors[i] as tf.Tensor]));
    return tf.sum(forward({ ...inputs, ...given }));
  })(moving.map(([, tensor]) => tensor));
  return gradients[0] as tf.Tensor;
}

function time(work: () => tf.Tensor): number {
  const start = performance.now();
  tf.tidy(() => tf.slice(tf.reshape(work(), [-1]), [0], [1]).dataSync());
  return performance.now() - start;
}

/** Megabytes of tensors that one run needs at its peak, its inputs included, by TensorFlow.js' own count. */
async function peakMegabytes(work: () => tf.Tensor, inputs: Inputs): Promise<number> {
  const others = tf.memory().numBytes - Object.values(inputs).reduce((sum, { size }) => sum + 4 * size, 0);
  const { peakBytes, result } = await tf.profile(() => tf.tidy(() => work().clone()));
  tf.dispose(result);
  return (peakBytes - others) / 1e6;
}

function report(
  { variants, lengths }: ScalingOptions,
  results: Map<string, Measured>,
  stopped: boolean,
): Scaling {
  const series = (values: (measured: Measured) => readonly number[]): ScalingSeries[] =>
    variants.map((variant, index) => ({
      name: variant.meta.title,
      points: lengths.flatMap((length) => {
        const measured = results.get(`${index} ${length}`);
        return measured && values(measured).length > 0 ? [scalingPoint(length, values(measured))] : [];
      }),
    }));
  return {
    time: series(({ milliseconds }) => milliseconds),
    memory: series(({ megabytes }) => [megabytes]),
    stopped,
  };
}

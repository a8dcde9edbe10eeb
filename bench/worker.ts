/**
 * One side of a comparison, in a process of its own: `ours` sets the backend up as users get it, `stock` takes
 * TensorFlow.js as published (plus the one kernel without which an embedding cannot be trained on wasm at all).
 * The parent names a case; the answer is the milliseconds of one run.
 */
import '@tensorflow/tfjs-backend-wasm';
import { initBackend } from '../src/core/backend';
import { tf } from '../src/core/tf';
import { addEmbeddingGradient, loadStockTensorflow } from './stock';
import type { Case } from './case';
import { allCases } from './cases';
import { wasmGigaflops } from './ceilings';

export interface Question {
  readonly name: string;
  readonly T: number;
  readonly warmUp: boolean;
}
/** What is known of a case without running it. */
export type Task = Pick<Case, 'name' | 'T' | 'flops' | 'bytes'>;
export type Answer =
  | { readonly milliseconds: number }
  | { readonly ready: string; readonly gigaflops: number; readonly cases: readonly Task[] }
  | { readonly error: string };

const [side, backend, quick] = process.argv.slice(2) as ['ours' | 'stock', 'wasm' | 'tensorflow', string];
const prepared = new Map<string, ReturnType<Case['prepare']>>();

async function setUp(): Promise<string> {
  if (side === 'ours') return (await initBackend({ backend })).summary;
  if (backend === 'tensorflow') loadStockTensorflow();
  await tf.setBackend(backend);
  await tf.ready();
  if (backend === 'wasm') addEmbeddingGradient();
  return `stock ${backend}`;
}

function measure({ name, T, warmUp }: Question): Answer {
  const key = `${name} ${T}`;
  const chosen = allCases(side, quick === 'quick').find((one) => one.name === name && one.T === T) as Case;
  for (const [other, old] of prepared) {
    if (other === key) continue;
    old.dispose();
    prepared.delete(other);
  }
  const work = prepared.get(key) ?? chosen.prepare();
  prepared.set(key, work);
  if (warmUp) work.run();
  const start = performance.now();
  work.run();
  return { milliseconds: performance.now() - start };
}

/** What the native library reaches where it is at its best: there is no way to ask for its ceiling from here. */
function matMulGigaflops(): number {
  return tf.tidy(() => {
    const a = tf.ones([1024, 1024]);
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      tf.tidy(() => tf.matMul(a, a).slice([0, 0], [1, 1]).dataSync());
      return performance.now() - start;
    });
    return (2 * 1024 ** 3) / Math.min(...times) / 1e6;
  });
}

async function main(): Promise<void> {
  const answer = (message: Answer): void => void process.send?.(message);
  process.on('message', (question: Question) => {
    try {
      answer(measure(question));
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  });
  const ready = await setUp();
  const cases = allCases(side, quick === 'quick').map(({ name, T, flops, bytes }) => ({
    name,
    T,
    flops,
    bytes,
  }));
  answer({ ready, cases, gigaflops: backend === 'wasm' ? wasmGigaflops() : matMulGigaflops() });
}

main().catch((error: unknown) => {
  process.send?.({ error: String(error) } satisfies Answer);
  process.exitCode = 1;
});

import '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { registerKernels } from '../kernels/register';
import { applyRepairs } from '../kernels/repairs';
import type { BackendName } from '../kernels/repairs';
import { restoreNodeUtil } from '../kernels/repairs/nodeUtil';
import { BackendError, expect, show } from './errors';
import { tf } from './tf';

export type { BackendName } from '../kernels/repairs';

/** What `initBackend` may be asked for: a backend, or `auto` (wasm, else cpu). */
export interface BackendOptions {
  readonly backend?: BackendName | 'auto';
}

/** The backend that runs, for a program and for a reader. */
export interface BackendInfo {
  readonly name: BackendName;
  /** Version of the engine: of TensorFlow itself on `tensorflow`, of TensorFlow.js elsewhere. */
  readonly version: string;
  /** Instruction set of our own fused kernels, or `none` where the backend has none of them. */
  readonly kernels: string;
  /** Threads that one operation may use. */
  readonly threads: number;
  /** One line for the first cell of a notebook. */
  readonly summary: string;
}

const choices = ['auto', 'wasm', 'tensorflow', 'cpu'] as const;
type Choice = (typeof choices)[number];

function isChoice(value: unknown): value is Choice {
  return choices.some((choice) => choice === value);
}

function choose(options: BackendOptions): Choice {
  const variable = process.env['ATTENTION_LAB_BACKEND'];
  const choice = options.backend ?? (variable === undefined || variable === '' ? 'auto' : variable);
  const where = options.backend === undefined ? 'ATTENTION_LAB_BACKEND' : 'backend';
  expect(isChoice(choice), 'initBackend', where, `one of ${choices.map(show).join(', ')}`, choice);
  return choice;
}

/** The part of tfjs-node's backend that tells its version. */
interface NodeBackend {
  readonly binding?: { readonly TF_Version?: string };
}

function loadTensorflow(): void {
  restoreNodeUtil();
  // TensorFlow reports its CPU features on stderr at every start
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  try {
    // only here and only now: it is optional, large, and prints at load
    createRequire(__filename)('@tensorflow/tfjs-node');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new BackendError(
      `initBackend: backend 'tensorflow' needs the native library, which is not ready here (${reason}); prepare it with: npm run native`,
    );
  }
}

function silence(): void {
  // the cpu backend, which serves as a helper of the others, advertises tfjs-node on first use
  const cpu: object = tf.engine().findBackend('cpu');
  if ('firstUse' in cpu) cpu.firstUse = false;
}

async function start(name: BackendName): Promise<boolean> {
  if (name === 'tensorflow') loadTensorflow();
  silence();
  try {
    return (await tf.setBackend(name)) && tf.getBackend() === name;
  } catch {
    return false;
  }
}

function describe(name: BackendName, kernels: string): BackendInfo {
  const binding = name === 'tensorflow' ? (tf.backend() as NodeBackend).binding : undefined;
  const version = binding?.TF_Version ?? tf.version.tfjs;
  const threads =
    name === 'tensorflow' ? Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? availableParallelism()) : 1;
  const engine = name === 'tensorflow' ? `TensorFlow ${version}` : `TensorFlow.js ${version}`;
  const own = kernels === 'none' ? 'no fused kernels' : `fused kernels (${kernels})`;
  const summary = `Attention Lab on ${name}: ${engine}, ${own}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, Node ${process.versions.node}`;
  return { name, version, kernels, threads, summary };
}

let current: BackendInfo | undefined;

/**
 * Starts the backend, repairs the faults of TensorFlow.js and registers our kernels. Call it once before anything else;
 * a second call costs nothing, and one that asks for another backend switches to it.
 *
 * `auto` is wasm, which installs everywhere and is fast with our kernels, and cpu where wasm cannot start. The variable
 * ATTENTION_LAB_BACKEND decides when no option is given.
 *
 * @throws BackendError when the backend asked for cannot run here; the message names the cure.
 * @throws ConfigError when there is no such backend.
 * @example
 * const backend = await initBackend();
 * console.log(backend.summary);
 */
export async function initBackend(options: BackendOptions = {}): Promise<BackendInfo> {
  const choice = choose(options);
  if (current && (choice === 'auto' || choice === current.name) && tf.getBackend() === current.name)
    return current;
  const candidates: readonly BackendName[] = choice === 'auto' ? ['wasm', 'cpu'] : [choice];
  for (const name of candidates) {
    if (!(await start(name))) continue;
    applyRepairs(name);
    current = describe(name, registerKernels(name));
    return current;
  }
  throw new BackendError(
    `initBackend: backend '${choice}' does not start on this machine; use backend: 'cpu'`,
  );
}

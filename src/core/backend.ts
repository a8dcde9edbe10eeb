import '@tensorflow/tfjs-backend-wasm';
import { tf } from './tf';

/** The engines a user may ask for. */
export type BackendName = 'wasm' | 'tensorflow' | 'cpu';

export interface BackendInfo {
  readonly name: BackendName;
  readonly version: string;
  /** One line for the first cell of a notebook. */
  readonly summary: string;
}

export async function initBackend(options: { backend?: BackendName } = {}): Promise<BackendInfo> {
  const name = options.backend ?? (process.env['ATTENTION_LAB_BACKEND'] as BackendName | undefined) ?? 'wasm';
  await tf.setBackend(name);
  await tf.ready();
  return { name, version: tf.version.tfjs, summary: name };
}

import { existsSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import path from 'node:path';
import { initBackend } from '../../core/backend';
import { tf } from '../../core/tf';
import { ask } from './ask';
import { broken, fine, lacking } from './finding';
import type { Finding } from './finding';
import { inClone, root } from '../place';

export function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return major > 20 || (major === 20 && minor >= 19)
    ? fine('Node', detail)
    : broken('Node', detail, 'install Node 20.19 or newer');
}

/** Computes a product on the backend that `initBackend` chooses here. */
export async function backend(): Promise<Finding> {
  const check = 'backend';
  try {
    const { name, summary } = await initBackend();
    const [product] = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync());
    if (product !== 3) throw new Error(`the ${name} backend multiplies wrongly (got ${product}, expected 3)`);
    if (name === 'cpu')
      return lacking(check, `${summary}: right, but slow`, 'unset ATTENTION_LAB_BACKEND to get wasm');
    if (name === 'wasm' && (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) !== true)
      return lacking(
        check,
        `${summary}: without SIMD, so slow`,
        'use a processor and a Node with WebAssembly SIMD',
      );
    return fine(check, summary);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return broken(check, detail, 'unset ATTENTION_LAB_BACKEND to get wasm, or reinstall the package');
  }
}

/** The reason inside the one sentence that the script fails with. */
function reason(sentence: string): string {
  return /\((.+)\)/.exec(sentence)?.[1] ?? sentence.split('\n')[0]?.replace(/^✗ /, '') ?? 'no reason given';
}

/** Asks the script that prepares the library: it computes in a process of its own. */
export async function native(): Promise<Finding> {
  const check = 'native library';
  const script = path.join(root, 'scripts', 'native.mjs');
  const cure = inClone ? 'npm run native' : 'npx attention-lab native';
  if (!existsSync(script))
    return lacking(check, 'the script that prepares it is missing', 'reinstall the package');
  const { ok, stdout, stderr } = await ask(process.execPath, [script, '--check']);
  return ok
    ? fine(check, /TensorFlow [\w.-]+/.exec(stdout)?.[0] ?? 'works')
    : lacking(check, `not prepared, which costs speed only (${reason(stderr)})`, cure);
}

const gibibyte = 2 ** 30;

export function memory(): Finding {
  const free = freemem() / gibibyte;
  const detail = `${free.toFixed(1)} of ${(totalmem() / gibibyte).toFixed(1)} GiB free, ${availableParallelism()} cores`;
  return free >= 1
    ? fine('memory', detail)
    : lacking('memory', detail, 'close other programs, or train with a smaller batch');
}

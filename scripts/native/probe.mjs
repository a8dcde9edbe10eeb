// the only judgement that counts: does TensorFlow multiply two matrices in a fresh process?
import process from 'node:process';
import { run } from '../lib/processes.mjs';

// the two functions were removed from node:util in Node 23; tfjs-node 4.22 still calls them
const program = `
  const util = require('util');
  util.isNullOrUndefined ??= (v) => v == null;
  util.isArray ??= Array.isArray;
  const tf = require(process.argv[1]);
  const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()[0];
  if (tf.getBackend() !== 'tensorflow' || product !== 3) throw new Error('a wrong product: ' + product);
  console.log('VERSION ' + tf.backend().binding.TF_Version);
`;

/** Loads tfjs-node from `folder` in a child: `{version}` when it computes, `{problem}` when it does not. */
export async function probe(folder) {
  const { code, stdout, stderr } = await run(process.execPath, ['-e', program, folder], {
    env: { TF_CPP_MIN_LOG_LEVEL: '3' },
    timeout: 120_000,
  });
  const version = /^VERSION (.+)$/m.exec(stdout)?.[1];
  if (code === 0 && version) return { version };
  const line = stderr.split('\n').find((text) => /Error|error/.test(text));
  return { problem: line?.trim() ?? `the probe ended with code ${code}` };
}

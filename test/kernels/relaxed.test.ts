import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';

const root = join(__dirname, '../..');

/** Computes a product and a scan with the build that `flag` selects; prints their numbers. */
function compute(flag: string): { kernels: string; product: number[]; scan: number[]; gradient: number[] } {
  const script = `
    const v8 = require('node:v8');
    v8.setFlagsFromString('${flag}');
    const { initBackend } = require('./src/core/backend.ts');
    const { tf } = require('./src/core/tf.ts');
    const { linearScan } = require('./src/ops/linearScan.ts');
    initBackend({ backend: 'wasm' }).then(({ kernels }) => {
      const x = tf.reshape(tf.sin(tf.range(0, 600)), [1, 2, 30, 10]);
      const f = (y) => tf.sum(tf.square(linearScan({ q: y, k: y, v: y, logDecay: tf.neg(tf.ones([1, 2, 30])) }).o));
      const product = tf.matMul(x, x, true);
      console.log(JSON.stringify({
        kernels,
        product: [...product.dataSync()],
        scan: [...linearScan({ q: x, k: x, v: x }).o.dataSync()],
        gradient: [...tf.grad(f)(x).dataSync()],
      }));
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
    encoding: 'utf8',
    cwd: root,
  });
  expect(stdout, stderr).to.match(/^\{/);
  return JSON.parse(stdout);
}

describe('the two builds of the kernels', () => {
  it('give the same numbers up to rounding', () => {
    // the flag turns relaxed SIMD on in Node 20, where it is off by default, and off in later ones
    const fused = compute('--experimental-wasm-relaxed-simd');
    const plain = compute('--no-experimental-wasm-relaxed-simd');
    expect(fused.kernels).to.equal('relaxed SIMD');
    for (const key of ['product', 'scan', 'gradient'] as const) {
      const scale = Math.max(...plain[key].map(Math.abs));
      const error = Math.max(...plain[key].map((value, i) => Math.abs(value - (fused[key][i] ?? NaN))));
      expect(plain[key]).to.have.length.above(100);
      expect(error / scale, key).to.be.below(1e-6);
    }
  });
});

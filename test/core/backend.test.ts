import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { initBackend } from '../../src/core/backend';
import type { BackendName } from '../../src/core/backend';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';

const source = JSON.stringify(join(__dirname, '../../src/core/backend.ts'));

/** Runs a script in a Node of its own. */
function run(script: string, env: Record<string, string> = {}) {
  const clean = { ...process.env, ATTENTION_LAB_BACKEND: '', ...env };
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
    encoding: 'utf8',
    env: clean,
    cwd: join(__dirname, '../..'),
  });
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

describe('initBackend', () => {
  let running: BackendName;
  before(async () => {
    running = (await initBackend()).name;
  });
  after(async () => {
    await initBackend({ backend: running });
  });

  it('tells in one line what runs', async () => {
    const info = await initBackend();
    expect(info.name).to.equal(tf.getBackend());
    expect(info.version).to.match(/^\d+\.\d+\.\d+/);
    expect(info.threads).to.be.at.least(1);
    expect(info.summary).to.include(info.name).and.include(info.version).and.not.include('\n');
    expect(info.kernels).to.be.oneOf(info.name === 'wasm' ? ['SIMD128', 'relaxed SIMD'] : ['none']);
  });

  it('costs nothing a second time and switches when asked to', async () => {
    const first = await initBackend({ backend: 'cpu' });
    expect(first.name).to.equal('cpu');
    expect(first.kernels).to.equal('none');
    const again = await initBackend({ backend: 'cpu' });
    expect(again).to.equal(first);
    const wasm = await initBackend({ backend: 'wasm' });
    expect(wasm.name).to.equal('wasm');
    expect(tf.getBackend()).to.equal('wasm');
    expect(wasm.kernels).to.be.oneOf(['SIMD128', 'relaxed SIMD']);
  });

  it('refuses an unknown backend with the names of those there are', async () => {
    const error = await initBackend({ backend: 'gpu' as BackendName }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ConfigError);
    expect(String(error)).to.include("'wasm', 'tensorflow', 'cpu', got 'gpu'");
  });

  it('starts wasm by itself and says nothing', () => {
    const script = `require(${source}).initBackend().then((info) => {
      const { tf } = require(${JSON.stringify(join(__dirname, '../../src/core/tf.ts'))});
      tf.tidy(() => tf.einsum('ij,jk->ik', tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
      console.log(info.name);
    })`;
    expect(run(script)).to.deep.equal({ stdout: 'wasm', stderr: '' });
    expect(run(script, { ATTENTION_LAB_BACKEND: 'cpu' })).to.deep.equal({ stdout: 'cpu', stderr: '' });
  });

  it('names the variable when that is what is wrong', () => {
    const script = `require(${source}).initBackend().catch((error) => console.log(error.name, error.message))`;
    const { stdout } = run(script, { ATTENTION_LAB_BACKEND: 'quantum' });
    expect(stdout).to.match(
      /^ConfigError initBackend: argument 'ATTENTION_LAB_BACKEND' must be one of .* got 'quantum'$/,
    );
  });

  it('names the cure when the native library is not there', () => {
    const script = `
      const Module = require('node:module');
      const load = Module._load;
      Module._load = function (name, ...rest) {
        if (name === '@tensorflow/tfjs-node') throw new Error('The Node.js native addon module can not be found');
        return load.call(this, name, ...rest);
      };
      require(${source}).initBackend({ backend: 'tensorflow' }).catch((error) => console.log(error.name, error.message))`;
    const { stdout } = run(script);
    expect(stdout).to.match(/^BackendError initBackend: .*can not be found.*npm run native$/);
  });

  it('does not load the native library unless asked for it', () => {
    const script = `require(${source}).initBackend().then(() =>
      console.log(Object.keys(require.cache).filter((file) => file.includes('tfjs-node')).length))`;
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, ATTENTION_LAB_BACKEND: '' },
      cwd: join(__dirname, '../..'),
    });
    expect(printed.trim()).to.equal('0');
  });
});

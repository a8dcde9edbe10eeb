// the parts of `npm test`, in the order in which they run; each resolves with how much passed and failed
import process from 'node:process';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/processes.mjs';
import { runNotebooks } from '../notebooks/run.mjs';
import { prepare } from '../native/prepare.mjs';
import { setUp } from '../setup/index.mjs';
import { findChromium } from './chromium.mjs';
import { mocha } from './mocha.mjs';

const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });
const node = async (...args) => one((await run(process.execPath, args, { show: true })).code === 0);
const sum = (counts) => ({
  passed: counts.reduce((total, { passed }) => total + passed, 0),
  failed: counts.reduce((total, { failed }) => total + failed, 0),
});

// what depends on the engine, and so is tested on both
const onTensorflow = ['ops', 'kernels', 'attention', 'model', 'train'];

// what runs in Node and what runs in a page see different globals
const projects = ['tsconfig.json', 'test/browser/tsconfig.json', 'kernel-ext/labextension/tsconfig.json'];

export const sections = [
  {
    name: 'setup',
    title: 'Set-up',
    required: true,
    async run() {
      await setUp();
      return one(true);
    },
  },
  {
    name: 'types',
    title: 'Types',
    run: async () => {
      const counts = [];
      for (const project of projects)
        counts.push(await node('node_modules/typescript/bin/tsc', '-p', project));
      return sum(counts);
    },
  },
  {
    name: 'lint',
    title: 'Lint and format',
    run: async () =>
      sum([
        await node('node_modules/eslint/bin/eslint.js', '.'),
        await node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
      ]),
  },
  {
    name: 'wasm',
    title: 'Tests on the wasm backend',
    run: () => mocha('wasm', { specs: ['test/**/*.test.ts'], env: { ATTENTION_LAB_BACKEND: 'wasm' } }),
  },
  {
    name: 'tensorflow',
    title: 'Tests on the tensorflow backend',
    async run() {
      await prepare([]);
      return mocha('tensorflow', {
        specs: onTensorflow.map((folder) => `test/${folder}/**/*.test.ts`),
        env: { ATTENTION_LAB_BACKEND: 'tensorflow', TF_CPP_MIN_LOG_LEVEL: '3' },
      });
    },
  },
  { name: 'notebooks', title: 'Notebooks', run: () => runNotebooks([]) },
  {
    name: 'browser',
    title: 'JupyterLab in Chromium',
    async run() {
      const chromium = findChromium();
      return mocha('browser', {
        config: inRoot('test', 'browser.mocharc.json'),
        env: { ATTENTION_LAB_CHROMIUM: chromium },
      });
    },
  },
];

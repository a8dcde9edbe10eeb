// our kernel and renderer in the project's own JupyterLab, and in no other
import { createRequire } from 'node:module';
import { inRoot, venv } from '../lib/paths.mjs';

const require = createRequire(import.meta.url);

/** Registers both as they were built last; takes milliseconds, so it is done at every start. */
export function register() {
  require(inRoot('dist', 'kernel-ext', 'install.js')).install({ prefix: venv });
}

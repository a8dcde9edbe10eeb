// where things stand; no script knows any other absolute path
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds our package.json: a clone, or the package as somebody installed it. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** True when this is the package inside somebody's node_modules. */
export const installed = root.split(path.sep).includes('node_modules');

/** Downloads and built libraries; may be shared between clones through ATTENTION_LAB_CACHE. */
export const cache = path.resolve(
  process.env.ATTENTION_LAB_CACHE ||
    (installed
      ? path.join(process.cwd(), 'node_modules', '.cache', 'attention-lab')
      : path.join(root, '.cache')),
);

export const venv = path.join(root, '.venv');
const bin = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');

/** A program of the project's own virtual environment. */
export const inVenv = (program) => path.join(bin, process.platform === 'win32' ? `${program}.exe` : program);

/** A file of the project. */
export const inRoot = (...parts) => path.join(root, ...parts);

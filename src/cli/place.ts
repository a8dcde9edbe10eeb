import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

function findRoot(from: string): string {
  const file = path.join(from, 'package.json');
  if (existsSync(file)) {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string };
    if (name === 'attention-lab') return from;
  }
  const above = path.dirname(from);
  return above === from ? process.cwd() : findRoot(above);
}

/** The folder of our package.json: a clone, or the package inside somebody's node_modules. */
export const root = findRoot(__dirname);

/** True in a clone, where `npm start` and `npm run native` are at hand. */
export const inClone = existsSync(path.join(root, 'scripts', 'start.mjs'));

/** What ships for Jupyter: the kernelspec and the renderer. */
export const shared = path.join(root, 'kernel-ext', 'share', 'jupyter');

/** A program of the project's own virtual environment, or undefined where there is none. */
export function inVenv(program: string): string | undefined {
  const file = process.platform === 'win32' ? `Scripts/${program}.exe` : `bin/${program}`;
  const found = path.join(root, '.venv', file);
  return existsSync(found) ? found : undefined;
}

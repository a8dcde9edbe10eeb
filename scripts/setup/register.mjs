// our kernel and renderer in the project's own JupyterLab, and in no other
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Trouble } from '../lib/console.mjs';
import { inRoot, venv } from '../lib/paths.mjs';

const ours = inRoot('kernel-ext', 'share', 'jupyter');
const theirs = path.join(venv, 'share', 'jupyter');

const sameText = (file, text) => fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text;

/**
 * The kernelspec with this Node and this folder written out: JupyterLab may be started by anyone, with any PATH.
 * `{resource_dir}` stands for the folder of the kernelspec, which is another one once it is registered.
 */
function registerKernel(name) {
  const from = path.join(ours, 'kernels', name);
  const to = path.join(theirs, 'kernels', name);
  const spec = JSON.parse(fs.readFileSync(path.join(from, 'kernel.json'), 'utf8'));
  spec.argv = spec.argv.map((part, i) => {
    if (i === 0) return process.execPath;
    return part.includes('{resource_dir}') ? path.resolve(part.replace('{resource_dir}', from)) : part;
  });
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  if (sameText(path.join(to, 'kernel.json'), text)) return false;
  fs.cpSync(from, to, { recursive: true });
  fs.writeFileSync(path.join(to, 'kernel.json'), text);
  return true;
}

/** The folders that hold a labextension: `name` or `@scope/name`. */
function extensionsIn(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .flatMap((name) =>
      name.startsWith('@') ? fs.readdirSync(path.join(folder, name)).map((n) => `${name}/${n}`) : name,
    )
    .filter((name) => fs.existsSync(path.join(folder, name, 'package.json')));
}

/** A link, so that a rebuilt renderer is served at the next page load. */
function registerExtension(name) {
  const from = path.join(ours, 'labextensions', name);
  const to = path.join(theirs, 'labextensions', name);
  if (fs.lstatSync(to, { throwIfNoEntry: false })) {
    if (fs.existsSync(to) && fs.realpathSync(to) === fs.realpathSync(from)) return false;
    fs.rmSync(to, { recursive: true, force: true });
  }
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.symlinkSync(from, to, process.platform === 'win32' ? 'junction' : 'dir');
  return true;
}

/** Registers everything under kernel-ext/share/jupyter; resolves with what was new. */
export function register() {
  const kernels = fs
    .readdirSync(path.join(ours, 'kernels'))
    .filter((name) => fs.existsSync(path.join(ours, 'kernels', name, 'kernel.json')));
  if (kernels.length === 0)
    throw new Trouble(
      'kernel-ext/share/jupyter/kernels holds no kernel: this clone is incomplete, clone it again.',
    );
  return [
    ...kernels.filter(registerKernel),
    ...extensionsIn(path.join(ours, 'labextensions')).filter(registerExtension),
  ];
}

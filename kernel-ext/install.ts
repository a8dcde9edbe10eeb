import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BackendError, ConfigError, FileError } from '../src/core/errors';
import { packageFolder } from './kernel/folders';

/** Where Jupyter is to find the kernel: for this user, in the active Python environment, or below a folder. */
export type InstallPlace = 'user' | 'sys-prefix' | { readonly prefix: string };

const name = 'attention-lab';

/**
 * Registers the kernel and the renderer with Jupyter. The kernelspec is written with this Node and this package's full path, so that
 * it starts from any folder and with any PATH. Returns the folders that were written.
 *
 * @throws BackendError for `sys-prefix` when there is no Python to ask
 * @throws FileError when the package is incomplete
 *
 * @example
 * install({ prefix: '/opt/jupyter' });
 */
export function install(place: InstallPlace): string[] {
  const target = dataFolder(place);
  const ours = join(packageFolder(), 'kernel-ext', 'share', 'jupyter');
  const written = [installKernel(join(ours, 'kernels', name), join(target, 'kernels', name))];
  const extensions = join(ours, 'labextensions');
  for (const extension of existsSync(extensions) ? readdirSync(extensions) : []) {
    const to = join(target, 'labextensions', extension);
    cpSync(join(extensions, extension), to, { recursive: true });
    written.push(to);
  }
  return written;
}

/** Takes back what {@link install} has written. Returns the folders that were removed. */
export function uninstall(place: InstallPlace): string[] {
  const target = dataFolder(place);
  const extensions = join(packageFolder(), 'kernel-ext', 'share', 'jupyter', 'labextensions');
  const folders = [
    join(target, 'kernels', name),
    ...(existsSync(extensions) ? readdirSync(extensions) : []).map((one) =>
      join(target, 'labextensions', one),
    ),
  ].filter((folder) => existsSync(folder));
  for (const folder of folders) rmSync(folder, { recursive: true });
  return folders;
}

function installKernel(from: string, to: string): string {
  const file = join(from, 'kernel.json');
  if (!existsSync(file))
    throw new FileError(`install: '${file}' is missing: the package is incomplete, install it again`);
  const spec = JSON.parse(readFileSync(file, 'utf8')) as { argv: string[] };
  const [, ...rest] = spec.argv;
  spec.argv = [
    process.execPath,
    ...rest.map((part) =>
      part.startsWith('{resource_dir}') ? resolve(part.replace('{resource_dir}', from)) : part,
    ),
  ];
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
  writeFileSync(join(to, 'kernel.json'), `${JSON.stringify(spec, null, 2)}\n`);
  return to;
}

function dataFolder(place: InstallPlace): string {
  if (place === 'user') return userFolder();
  return join(place === 'sys-prefix' ? pythonPrefix() : resolve(place.prefix), 'share', 'jupyter');
}

/** Jupyter's data folder of this user, by the rules of jupyter_core. */
function userFolder(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') return join(APPDATA ?? homedir(), 'jupyter');
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

function pythonPrefix(): string {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const active = VIRTUAL_ENV ?? CONDA_PREFIX;
  if (active) return active;
  for (const python of ['python3', 'python']) {
    const { status, stdout } = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], {
      encoding: 'utf8',
    });
    if (status === 0) return stdout.trim();
  }
  throw new BackendError(
    'install: --sys-prefix needs a Python on the PATH or an active environment; use --user',
  );
}

/**
 * Reads `--user`, `--sys-prefix` or `--prefix DIR`.
 *
 * @throws ConfigError for anything else
 */
export function readPlace(args: readonly string[]): InstallPlace {
  const [first, second, ...more] = args;
  if (first === '--user' && second === undefined) return 'user';
  if (first === '--sys-prefix' && second === undefined) return 'sys-prefix';
  if (first === '--prefix' && second !== undefined && more.length === 0) return { prefix: second };
  throw new ConfigError(
    `install: arguments must be --user, --sys-prefix or --prefix DIR, got '${args.join(' ')}'`,
  );
}

if (require.main === module) {
  try {
    for (const folder of install(readPlace(process.argv.slice(2)))) console.log(`written: ${folder}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

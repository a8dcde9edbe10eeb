import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ask } from './ask';
import { fine, lacking } from './finding';
import type { Finding } from './finding';
import { inClone, inVenv, shared } from '../place';

/** One Jupyter: the project's own or the one on PATH. */
interface Jupyter {
  readonly where: string;
  readonly version: string;
  /** Folders in which it looks for kernels and extensions, first wins. */
  readonly data: readonly string[];
}

async function lookAt(where: string, program: string): Promise<Jupyter | undefined> {
  const [version, paths] = await Promise.all([
    ask(program, ['lab', '--version']),
    ask(program, ['--paths', '--json']),
  ]);
  if (!paths.ok) return undefined;
  const { data } = JSON.parse(paths.stdout) as { data: string[] };
  return { where, version: version.ok ? version.stdout : '', data };
}

const register = (where: string): string =>
  inClone && where === '.venv' ? 'npm start' : 'npx attention-lab install --user';

function lab({ where, version }: Jupyter): Finding {
  const check = `JupyterLab (${where})`;
  if (Number(version.split('.')[0]) >= 4) return fine(check, version);
  const detail = version ? `${version} is older than 4` : 'Jupyter without JupyterLab';
  return lacking(check, detail, inClone && where === '.venv' ? 'npm start' : 'pip install "jupyterlab>=4"');
}

/** The first part of a command line that names a missing file, or undefined. */
function missingPart(argv: readonly string[], folder: string): string | undefined {
  return argv
    .map((part) => part.replace('{resource_dir}', folder))
    .find((part) => path.isAbsolute(part) && !existsSync(part));
}

function kernel({ where, data }: Jupyter): Finding {
  const check = `kernel (${where})`;
  const folder = data
    .map((place) => path.join(place, 'kernels', 'attention-lab'))
    .find((place) => existsSync(path.join(place, 'kernel.json')));
  if (!folder) return lacking(check, 'not registered', register(where));
  const { argv } = JSON.parse(readFileSync(path.join(folder, 'kernel.json'), 'utf8')) as { argv: string[] };
  const missing = missingPart(argv, folder);
  if (missing === undefined) return fine(check, folder);
  return lacking(
    check,
    `points at ${missing}, which is not there`,
    inClone ? 'npm start' : 'reinstall the package',
  );
}

/** Names of the extensions in a `labextensions` folder; a scope is a folder of its own. */
function extensionsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(path.join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

function renderer({ where, data }: Jupyter): Finding {
  const check = `renderer (${where})`;
  const ours = extensionsIn(path.join(shared, 'labextensions'));
  if (ours.length === 0) return lacking(check, 'not built', inClone ? 'npm start' : 'reinstall the package');
  const missing = ours.filter(
    (name) => !data.some((place) => existsSync(path.join(place, 'labextensions', name, 'package.json'))),
  );
  return missing.length === 0
    ? fine(check, ours.join(', '))
    : lacking(check, `not registered: ${missing.join(', ')}`, register(where));
}

/** What can be said of every Jupyter on this machine: its Lab, our kernel in it, our renderer in it. */
export async function jupyters(): Promise<Finding[]> {
  const own = inVenv('jupyter');
  const found = (await Promise.all([own && lookAt('.venv', own), lookAt('PATH', 'jupyter')])).filter(
    (one): one is Jupyter => Boolean(one),
  );
  // the project's own environment may be the active one
  const different = found.filter((one, i) => i === 0 || one.data.join() !== found[0]?.data.join());
  if (different.length > 0) return different.flatMap((one) => [lab(one), kernel(one), renderer(one)]);
  const cure = inClone ? 'npm start' : 'pip install jupyterlab, if you want the notebooks';
  return [lacking('JupyterLab', 'none on this machine', cure)];
}

// finding a Python that can do what we need
import fs from 'node:fs';
import process from 'node:process';
import { Trouble } from './console.mjs';
import { inVenv } from './paths.mjs';
import { run } from './processes.mjs';

const oldest = [3, 10];

/** What a Python program says of itself: `{program, version: [3, 11, 7]}`, or nothing when it does not run. */
async function ask(program) {
  const { code, stdout } = await run(program, ['-c', 'import sys; print(*sys.version_info[:3])']);
  if (code !== 0) return undefined;
  return { program, version: stdout.trim().split(' ').map(Number) };
}

const install = {
  linux:
    '`sudo apt-get install python3 python3-venv` (Debian, Ubuntu) or `sudo dnf install python3` (Fedora)',
  darwin: '`brew install python`',
  win32: '`winget install Python.Python.3.12`',
};

/** The first Python that is new enough; ATTENTION_LAB_PYTHON names another one. */
export async function findPython() {
  const named = process.env.ATTENTION_LAB_PYTHON;
  const seen = [];
  for (const program of named ? [named] : ['python3', 'python']) {
    const python = await ask(program);
    if (!python) continue;
    const [major, minor] = python.version;
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return python;
    seen.push(`${program} is ${python.version.join('.')}`);
  }
  const cure = `install Python 3.10 or newer with ${install[process.platform] ?? install.linux}, or name one in ATTENTION_LAB_PYTHON`;
  if (seen.length > 0) throw new Trouble(`Python is too old (${seen.join(', ')}): ${cure}.`);
  throw new Trouble(
    named
      ? `ATTENTION_LAB_PYTHON names ${named}, which does not run: ${cure}.`
      : `There is no Python: ${cure}.`,
  );
}

/** Fails with the cure when this Python cannot make virtual environments (Debian splits that off). */
export async function mustMakeVenvs({ program, version }) {
  const { code } = await run(program, ['-c', 'import venv, ensurepip']);
  if (code === 0) return;
  throw new Trouble(
    `${program} cannot make virtual environments: run \`sudo apt-get install python${version.slice(0, 2).join('.')}-venv\` (or your system's package of Python's venv and ensurepip) and then the same command again.`,
  );
}

/** A Python that has pip: the project's own, or one of the system's. */
export async function pythonWithPip() {
  const own = inVenv('python');
  for (const program of [
    ...(fs.existsSync(own) ? [own] : []),
    process.env.ATTENTION_LAB_PYTHON,
    'python3',
    'python',
  ])
    if (program && (await run(program, ['-m', 'pip', '--version'])).code === 0) return program;
  throw new Trouble(
    'There is no Python with pip to fetch TensorFlow: run `npm start` once (it makes one), or `sudo apt-get install python3-pip`; until then everything runs on the wasm backend.',
  );
}

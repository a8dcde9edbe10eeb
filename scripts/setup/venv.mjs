// the project's own Python environment with the pinned JupyterLab
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { mustHaveSpace } from '../lib/checks.mjs';
import { say, step } from '../lib/console.mjs';
import { inRoot, inVenv, venv } from '../lib/paths.mjs';
import { must } from '../lib/processes.mjs';
import { withProgress } from '../lib/progress.mjs';
import { findPython, mustMakeVenvs } from '../lib/python.mjs';
import { fingerprint, isStamped, stamp } from '../lib/stamp.mjs';

const requirements = 'requirements.txt';
const stampFile = path.join(venv, '.made-from');
// a virtual environment holds absolute paths: one that was moved with its folder is made again
const recipe = () => fingerprint([requirements], { extra: venv });

/** True when .venv is whole, in its place, and holds the pinned packages. */
export const venvIsCurrent = () => isStamped(stampFile, recipe()) && fs.existsSync(inVenv('python'));

const pinned = () => fs.readFileSync(inRoot(requirements), 'utf8').match(/^[\w.-]+==/gm)?.length ?? 0;

/** Makes .venv when it is not current; resolves with whether it did. */
export async function makeVenv() {
  if (venvIsCurrent()) return false;
  const python = await findPython();
  await mustMakeVenvs(python);
  mustHaveSpace(1);
  await step(`Making .venv with Python ${python.version.join('.')} and the pinned JupyterLab`, async () => {
    await must(python.program, ['-m', 'venv', '--clear', venv], {
      tool: 'Python',
      sentence: `${python.program} could not make .venv; its own words are above.`,
    });
    let seen = 0;
    await withProgress('installing Python packages', (update) =>
      must(
        inVenv('python'),
        [
          '-m',
          'pip',
          'install',
          '--disable-pip-version-check',
          '--require-hashes',
          '--progress-bar=off',
          '-r',
          inRoot(requirements),
        ],
        {
          env: { PIP_RETRIES: process.env.PIP_RETRIES ?? '2' },
          onLine: (line) => {
            if (/Collecting \S/.test(line))
              update(`package ${++seen} of at most ${pinned()}: ${/Collecting ([^\s=]+)/.exec(line)?.[1]}`);
            else if (/^Installing /.test(line)) update(`unpacking ${seen} packages`);
          },
          tool: 'pip',
          sentence: 'pip could not install JupyterLab; its own words are above.',
        },
      ),
    );
    say(`${seen} Python packages`);
    stamp(stampFile, recipe());
  });
  return true;
}

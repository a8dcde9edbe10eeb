// what a clone needs before anything can run in it; each part is done only where it is missing or out of date
import { findPython, mustMakeVenvs } from '../lib/python.mjs';
import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { register } from './register.mjs';
import { makeVenv, venvIsCurrent } from './venv.mjs';

/** Packages, build, JupyterLab, kernel and renderer; resolves with true when something had to be done. */
export async function setUp() {
  // asked first, so that a missing Python does not show up after minutes of downloading
  if (!venvIsCurrent()) await mustMakeVenvs(await findPython());
  const installed = await installPackages();
  const built = await build();
  const made = await makeVenv();
  register();
  return installed || built || made;
}

// dist/ from the TypeScript sources, and the notebook renderer
import fs from 'node:fs';
import process from 'node:process';
import { step } from '../lib/console.mjs';
import { inRoot } from '../lib/paths.mjs';
import { must } from '../lib/processes.mjs';
import { fingerprint, isStamped, stamp } from '../lib/stamp.mjs';

const sources = ['src', 'kernel-ext', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const made = 'kernel-ext/share/jupyter/labextensions';
const stampFile = inRoot('dist', '.built-from');
const rendererBuild = inRoot('kernel-ext', 'labextension', 'build.mjs');

const sourceHash = () => fingerprint(sources, { skip: (file) => file === made });

/** True when dist/ is whole and made from the sources as they are now. */
export const buildIsCurrent = () => isStamped(stampFile, sourceHash());

async function compile() {
  const partial = `dist.partial-${process.pid}`;
  try {
    await must(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', partial],
      { sentence: 'The TypeScript sources do not compile; the lines above say where.' },
    );
    // swapped in whole: whoever runs from dist/ never meets half a build, and deleted sources leave nothing behind
    fs.rmSync(inRoot('dist'), { recursive: true, force: true });
    fs.renameSync(inRoot(partial), inRoot('dist'));
  } finally {
    fs.rmSync(inRoot(partial), { recursive: true, force: true });
  }
}

/** Builds when the sources changed, or always with `force`; resolves with whether it did. */
export async function build({ force = false } = {}) {
  const hash = sourceHash();
  if (!force && isStamped(stampFile, hash)) return false;
  await step('Building the library and the notebook kernel', async () => {
    await compile();
    if (fs.existsSync(rendererBuild))
      await must(process.execPath, [rendererBuild], { sentence: 'The notebook renderer does not build.' });
    stamp(stampFile, hash);
  });
  return true;
}

// npm packages, exactly as the lock file says
import fs from 'node:fs';
import process from 'node:process';
import { mustHaveSpace } from '../lib/checks.mjs';
import { say, step } from '../lib/console.mjs';
import { inRoot } from '../lib/paths.mjs';
import { must } from '../lib/processes.mjs';
import { withProgress } from '../lib/progress.mjs';

const quietly = [
  ...['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
  // npm waits 10 and 60 s between its tries; without a network that is two minutes of silence
  ...['--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=8000'],
];

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/**
 * True when node_modules holds what the lock file asks for. npm writes node_modules/.package-lock.json last, so an
 * installation that was broken off has none; a developer's own `npm install` keeps both files in step.
 */
export function packagesAreCurrent() {
  const written = inRoot('node_modules', '.package-lock.json');
  if (!fs.existsSync(written)) return false;
  const present = readJson(written).packages;
  return Object.entries(readJson(inRoot('package-lock.json')).packages).every(([place, wanted]) => {
    if (place === '') return true;
    const got = present[place];
    // packages for other platforms are in the lock and not on the disk
    if (!got || !fs.existsSync(inRoot(place))) return Boolean(wanted.optional || wanted.devOptional);
    return got.version === wanted.version && got.integrity === wanted.integrity;
  });
}

/** The npm that runs us, or the one on PATH. */
export function npm(args) {
  const own = process.env.npm_execpath;
  return own && /\.c?js$/.test(own) ? [process.execPath, [own, ...args]] : ['npm', args];
}

/** Installs the packages when they are not current; resolves with whether it did. */
export async function installPackages() {
  if (packagesAreCurrent()) return false;
  await step('Installing the npm packages of the lock file', async () => {
    mustHaveSpace(1.5);
    const [program, args] = npm(['ci', ...quietly]);
    await withProgress('npm ci (about 650 MB on the disk)', () =>
      must(program, args, {
        tool: 'npm',
        sentence: '`npm ci` failed; its own words are above.',
      }),
    );
    say(`${Object.keys(readJson(inRoot('node_modules', '.package-lock.json')).packages).length} packages`);
  });
  return true;
}

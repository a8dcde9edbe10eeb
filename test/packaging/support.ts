import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../support/sources';

/** Runs a program and resolves with what it printed; rejects with its stderr when it fails. */
export function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, maxBuffer: 64e6, env: withoutOurs() }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`));
      else resolve(stdout.trim());
    });
  });
}

/** The environment of somebody who runs this from a shell of their own, not from our npm script or test runner. */
function withoutOurs(): NodeJS.ProcessEnv {
  const ours = /^(?:npm_(?:lifecycle|package|execpath|command)|NODE_OPTIONS$|ATTENTION_LAB_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** One entry of `npm pack --json`. */
export interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Our package as npm would publish it, and a folder elsewhere that has installed it with install scripts off. */
export interface Installed {
  readonly packed: Packed;
  readonly folder: string;
}

/** Builds if the sources changed, packs, and installs the tarball into a new folder. */
export async function packAndInstall(): Promise<Installed> {
  await run(process.execPath, ['scripts/build.mjs', '--if-changed'], root);
  const folder = await mkdtemp(path.join(tmpdir(), 'attention-lab-consumer-'));
  const [packed] = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  ) as [Packed];
  await writeFile(path.join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
  await run('npm', ['install', ...flags, path.join(folder, packed.filename)], folder);
  return { packed, folder };
}

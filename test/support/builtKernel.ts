import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..', '..');
/** The kernel as users run it: built. */
export const kernelMain = join(root, 'dist', 'kernel-ext', 'kernel', 'main.js');

/** What the kernelspec has Jupyter pass to Node. */
export function kernelArguments(connectionFile: string): string[] {
  const folder = join(root, 'kernel-ext', 'share', 'jupyter', 'kernels', 'attention-lab');
  const { argv } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as { argv: string[] };
  return argv
    .slice(1)
    .map((part) => part.replace('{resource_dir}', folder).replace('{connection_file}', connectionFile));
}

/** Builds the package if the kernel's build is missing or older than its sources. */
export function ensureKernelIsBuilt(): void {
  const sources = join(root, 'kernel-ext');
  const newest = Math.max(
    ...readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('labextension'))
      .map((name) => statSync(join(sources, name)).mtimeMs),
  );
  if (existsSync(kernelMain) && statSync(kernelMain).mtimeMs >= newest) return;
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the kernel could not be built:\n${stdout}`);
}

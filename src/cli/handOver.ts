import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FileError } from '../core/errors';
import { root } from './place';

/**
 * Runs a script of the package in a process of its own, with our terminal; resolves with its exit code.
 * Throws {@link FileError} when the package is incomplete.
 */
export function handOver(script: string, args: readonly string[]): Promise<number> {
  const file = path.join(root, script);
  if (!existsSync(file))
    throw new FileError(`attention-lab: '${script}' is missing; build first, or install the package again.`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

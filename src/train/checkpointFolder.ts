import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileError } from '../core/errors';
import type { Checkpoint } from './checkpoint';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';

const LATEST = 'latest.ckpt';
const PREVIOUS = 'previous.ckpt';
const UNFINISHED = 'unfinished.tmp';

function synced(file: string, action: (descriptor: number) => void, flags: string): void {
  const descriptor = fs.openSync(file, flags);
  try {
    action(descriptor);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Writes a file so that a crash leaves either the old or the new one, never a part: temporary, fsync, rename. */
export function writeAtomically(file: string, contents: string | Buffer): void {
  const temporary = `${file}.tmp`;
  synced(temporary, (descriptor) => fs.writeFileSync(descriptor, contents), 'w');
  fs.renameSync(temporary, file);
}

/**
 * Saves a checkpoint as `latest.ckpt` in `directory` (made if missing); the one before becomes `previous.ckpt`.
 *
 * Killed at any moment, the directory still holds at least one whole checkpoint once the first was saved: the new one is
 * complete on disk before either name moves. Throws `FileError` if the directory cannot be written.
 */
export function saveCheckpoint(directory: string, checkpoint: Checkpoint): void {
  const at = (name: string) => path.join(directory, name);
  try {
    fs.mkdirSync(directory, { recursive: true });
    const bytes = encodeCheckpoint(checkpoint);
    synced(at(UNFINISHED), (descriptor) => fs.writeFileSync(descriptor, bytes), 'w');
    if (fs.existsSync(at(LATEST))) fs.renameSync(at(LATEST), at(PREVIOUS));
    fs.renameSync(at(UNFINISHED), at(LATEST));
    syncFolder(directory);
  } catch (error) {
    throw new FileError(
      `saveCheckpoint: '${directory}' must be a folder that can be written, got ${(error as Error).message}`,
    );
  }
}

/** Makes the renames themselves durable, where the system lets a folder be synced (not on Windows). */
function syncFolder(directory: string): void {
  if (process.platform !== 'win32') synced(directory, () => undefined, 'r');
}

/** A checkpoint that was found, and what was wrong with a newer one. */
export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly file: string;
  /** Why the latest could not be used, if an older one had to do. */
  readonly skipped?: string;
}

/**
 * The newest whole checkpoint of a directory; `undefined` if there is none at all. A missing or damaged latest one falls
 * back to the previous. Throws `FileError` if there are checkpoints but none can be read.
 */
export function loadCheckpoint(directory: string): FoundCheckpoint | undefined {
  const reasons: string[] = [];
  for (const name of [LATEST, PREVIOUS]) {
    const file = path.join(directory, name);
    if (!fs.existsSync(file)) continue;
    try {
      const checkpoint = readCheckpoint(file);
      return { checkpoint, file, ...(reasons.length > 0 && { skipped: reasons.join('; ') }) };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      reasons.push(error.message);
    }
  }
  if (reasons.length > 0) throw new FileError(reasons.join('; '));
  return undefined;
}

/** Reads one checkpoint file. Throws `FileError` if it is missing, damaged or of another version. */
export function readCheckpoint(file: string): Checkpoint {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    throw new FileError(`readCheckpoint: '${file}' cannot be read (${(error as Error).message})`);
  }
  return decodeCheckpoint(bytes, file);
}

// the usual way: tfjs-node's own installer fetches libtensorflow 2.9.1 and its prebuilt addon from Google
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { say } from '../lib/console.mjs';
import { run } from '../lib/processes.mjs';

const host = 'https://storage.googleapis.com/';

/** True when Google's host answers within three seconds. */
export async function officialHostAnswers() {
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}

/** Runs tfjs-node's own installer inside `folder`; true when it ended well. */
export async function installOfficial(folder) {
  for (const part of ['deps', 'lib']) fs.rmSync(path.join(folder, part), { recursive: true, force: true });
  const programs = path.join(folder, '..', '..', '.bin');
  const { code } = await run(process.execPath, ['scripts/install.js'], {
    cwd: folder,
    env: { PATH: programs + path.delimiter + process.env.PATH },
    onLine: say,
    timeout: 15 * 60_000,
  });
  return code === 0;
}

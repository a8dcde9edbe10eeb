// the browser that the browser tests drive
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Trouble } from '../lib/console.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The path of Chromium or Chrome; ATTENTION_LAB_CHROMIUM names another one. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [
    process.env.ATTENTION_LAB_CHROMIUM,
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const found = candidates.find((file) => file && fs.existsSync(file));
  if (found) return found;
  throw new Trouble(
    'There is no Chromium for the browser tests: run `sudo apt-get install chromium` (Debian, Ubuntu) or name a Chrome in ATTENTION_LAB_CHROMIUM, or leave them out with `npm test -- --skip browser`.',
  );
}

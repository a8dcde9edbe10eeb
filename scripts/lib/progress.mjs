// a sign of life for long steps: one line that rewrites itself on a terminal, a line now and then elsewhere
import process from 'node:process';
import { seconds } from './console.mjs';

const live = Boolean(process.stdout.isTTY) && !process.env.CI;
const everyQuiet = 10_000;

/** Runs `work(update)`; `update(text)` says what is going on right now. */
export async function withProgress(first, work) {
  const began = performance.now();
  let text = first;
  const show = live
    ? () =>
        process.stdout.write(
          `\r\x1b[2K  ${`${text} · ${seconds(began)}`.slice(0, (process.stdout.columns || 80) - 3)}`,
        )
    : () => console.log(`  ${text} · ${seconds(began)}`);
  if (!live) console.log(`  ${first}`);
  const timer = setInterval(show, live ? 200 : everyQuiet);
  try {
    return await work((next) => {
      text = next;
    });
  } finally {
    clearInterval(timer);
    if (live) process.stdout.write('\r\x1b[2K');
  }
}

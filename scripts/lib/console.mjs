// what every script says and how: one heading per step, its time, and one sentence when something is missing
import process from 'node:process';

/** Something the reader can put right: the message is the whole story, in one sentence that names the cure. */
export class Trouble extends Error {}

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = (text) => paint(1, text);
export const dim = (text) => paint(2, text);
export const red = (text) => paint(31, text);
export const green = (text) => paint(32, text);

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
export const say = (text) => console.log(`  ${text}`);

/** Runs `work` under a heading and prints how long it took. */
export async function step(title, work) {
  const began = performance.now();
  console.log(bold(`▸ ${title}`));
  const result = await work();
  console.log(dim(`  done in ${seconds(began)}`));
  return result;
}

/** Runs a script to its end: a `Trouble` becomes one sentence, any other error keeps its stack; both exit with 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Trouble ? red(`✗ ${error.message}`) : error);
    process.exitCode = 1;
  }
}

import { initBackend } from '../core/backend';
import { StoppedError } from '../core/errors';
import type { ProbeProgress, ProbeResult } from '../lab/probes';
import { probeAll } from '../lab/probes';
import type { Command } from './command';
import { stopOnInterrupt } from './interrupt';
import { describeOptions, readOptions, wholeNumber } from './usage';

const options = {
  json: { about: 'print an array of {variant, form, causal, randomBytesNats, floorNats, verdict}' },
  steps: { value: 'n', about: 'training steps on random bytes for each variant (default 300)' },
  seed: { value: 'n', about: 'seed of models, edits and bytes (default 1)' },
} as const;

export const command: Command = {
  name: 'probe',
  summary: 'ask every variant whether it sees the future',
  help: [
    'Usage: attention-lab probe [options]',
    '',
    'Two questions to every variant and to the QLLK patch models. Does an edit of a later token change an earlier output?',
    'And does training on uniform random bytes get below ln 256, which nobody can who does not see what is to be said?',
    'A leak is an answer, not a failure: the exit code is 0. Progress goes to stderr.',
    '',
    'Options:',
    describeOptions(options),
  ].join('\n'),
  run: probe,
};

/** Runs `attention-lab probe`. Resolves with 0 when every variant was probed and with 130 when Ctrl-C ended it. */
export async function probe(args: readonly string[]): Promise<number> {
  const given = readOptions('probe', args, options);
  const steps = given.steps === undefined ? undefined : wholeNumber('probe', 'steps', given.steps, 0);
  const seed = given.seed === undefined ? undefined : wholeNumber('probe', 'seed', given.seed, 0);
  const stop = stopOnInterrupt();
  try {
    console.error((await initBackend()).summary);
    const results = await probeAll({
      ...(steps !== undefined && { steps }),
      ...(seed !== undefined && { seed }),
      signal: stop.signal,
      onProgress: report(process.stderr),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(given.json ? JSON.stringify(results, null, 2) : table(results));
    return 0;
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    console.error('Stopped before the last variant.');
    return 130;
  } finally {
    stop.release();
  }
}

/** One line that changes on a terminal; one line per variant elsewhere. */
function report(stream: NodeJS.WriteStream): (progress: ProbeProgress) => void {
  return ({ variant, form, subject, subjects, step, steps, nats }) => {
    const what = `${subject}/${subjects} ${variant} (${form}): step ${step}/${steps}, ${nats.toFixed(3)} nats`;
    if (stream.isTTY) stream.write(`\r\x1b[K${what}`);
    else if (step === steps) stream.write(`${what}\n`);
  };
}

/** Results as aligned columns. */
export function table(results: readonly ProbeResult[]): string {
  const head = ['variant', 'form', 'causal', 'random bytes', 'floor', 'verdict'];
  const rows = results.map(({ variant, form, causal, randomBytesNats, floorNats, verdict }) => [
    variant,
    form,
    causal ? 'yes' : 'no',
    randomBytesNats.toFixed(3),
    floorNats.toFixed(3),
    verdict,
  ]);
  const widths = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] as string).length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

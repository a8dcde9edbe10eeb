import { SingleBar } from 'cli-progress';
import type { StepRecord } from '../train/runLog';

/** Shows how a training run goes, on stderr. */
export interface Progress {
  step(record: StepRecord): void;
  /** A line that stays. */
  note(text: string): void;
  end(): void;
}

/** A length of time as a person says it: `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function figures({ loss, bitsPerByte, tokensPerSecond, secondsLeft }: StepRecord): string {
  const speed = Math.round(tokensPerSecond).toLocaleString('en');
  return `loss ${loss.toFixed(4)} · ${bitsPerByte.toFixed(3)} bits/byte · ${speed} tokens/s · ${duration(secondsLeft)} left`;
}

function judged({ step, evaluation }: StepRecord): string | undefined {
  if (!evaluation) return undefined;
  const { loss, bitsPerByte } = evaluation;
  return `step ${step}: held-out loss ${loss.toFixed(4)} nats · ${bitsPerByte.toFixed(3)} bits/byte`;
}

/** A bar that fills, for a terminal; evaluations stay above it as lines. */
function bar(steps: number, done: number, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar({
    format: '{bar} {value}/{total} {figures}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    // the signal is ours: the library would end the process
    gracefulExit: false,
    stream,
  });
  single.start(steps, done, { figures: '' });
  const note = (text: string): void => {
    stream.write(`\r\x1b[K${text}\n`);
  };
  return {
    step(record) {
      const line = judged(record);
      if (line) note(line);
      single.update(record.step, { figures: figures(record) });
    },
    note,
    end: () => single.stop(),
  };
}

/** Plain lines, for files and pipes: the first step, every twentieth part of the run, every evaluation. */
function lines(steps: number, stream: NodeJS.WritableStream): Progress {
  const every = Math.max(1, Math.floor(steps / 20));
  const note = (text: string): void => {
    stream.write(`${text}\n`);
  };
  let first = true;
  return {
    step(record) {
      if (first || record.step % every === 0) note(`step ${record.step}/${steps}: ${figures(record)}`);
      const line = judged(record);
      if (line) note(line);
      first = false;
    },
    note,
    end: () => undefined,
  };
}

/** A bar on a terminal, lines elsewhere. */
export function progress(steps: number, done: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(steps, done, stream) : lines(steps, stream);
}

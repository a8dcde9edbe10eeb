/**
 * `npm run bench -- [--quick] [--json] [--backend wasm|tensorflow]`
 *
 * Times our kernels and stock TensorFlow.js in turns in the same run (A B A B ...), each in a process of its own, and sets
 * both beside what the machine can do at most. Medians; the ratio is taken pair by pair.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copyGigabytes } from './ceilings';
import { table } from './table';
import type { Answer, Question, Task } from './worker';

export interface Row {
  readonly name: string;
  readonly backend: string;
  readonly T: number;
  /** Our median. */
  readonly milliseconds: number;
  /** The median of stock TensorFlow.js, or null with a reason where it cannot do the case. */
  readonly baseline: number | null;
  readonly baselineError?: string;
  /** Median of baseline / ours, pair by pair. Above 1: we are faster. */
  readonly ratio: number | null;
  /** The time this machine needs at least (the larger of arithmetic and memory traffic), over ours. */
  readonly shareOfFloor: number;
}

export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly platform: string;
    /** GB/s of a large copy, one thread. */
    readonly gigabytes: number;
    /** GFLOP/s per backend: 128-bit multiply-adds for wasm, the native library's best matMul for tensorflow. */
    readonly gigaflops: Readonly<Record<string, number>>;
  };
  readonly rows: readonly Row[];
}

/** A worker process that answers one question at a time. */
class Side {
  private constructor(
    private readonly child: ChildProcess,
    readonly gigaflops: number,
    readonly cases: readonly Task[],
  ) {}

  static async start(side: 'ours' | 'stock', backend: string, quick: boolean): Promise<Side> {
    const child = fork(path.join(__dirname, 'worker.ts'), [side, backend, quick ? 'quick' : 'full'], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const answer = await nextAnswer(child);
    if ('gigaflops' in answer) return new Side(child, answer.gigaflops, answer.cases);
    throw new Error('error' in answer ? answer.error : 'the bench worker did not start');
  }

  async time(question: Question): Promise<number> {
    const coming = nextAnswer(this.child);
    this.child.send(question);
    const answer = await coming;
    if ('milliseconds' in answer) return answer.milliseconds;
    throw new Error('error' in answer ? answer.error : 'the bench worker gave no time');
  }

  stop(): void {
    this.child.kill();
  }
}

function nextAnswer(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`the bench worker ended with code ${code}`));
    child.once('exit', gone);
    child.once('message', (answer: Answer) => {
      child.off('exit', gone);
      resolve(answer);
    });
  });
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

async function compare(
  one: Task,
  backend: string,
  ours: Side,
  stock: Side,
  gigabytes: number,
  runs: number,
): Promise<Row> {
  const [mine, theirs]: [number[], number[]] = [[], []];
  let baselineError: string | undefined;
  for (let run = 0; run < runs; run++) {
    mine.push(await ours.time({ name: one.name, T: one.T, warmUp: run === 0 }));
    if (baselineError !== undefined) continue;
    try {
      theirs.push(await stock.time({ name: one.name, T: one.T, warmUp: run === 0 }));
    } catch (error) {
      baselineError = (error as Error).message;
    }
  }
  const floor = Math.max(one.flops / (ours.gigaflops * 1e6), one.bytes / (gigabytes * 1e6));
  const milliseconds = median(mine);
  return {
    name: one.name,
    backend,
    T: one.T,
    milliseconds,
    baseline: theirs.length ? median(theirs) : null,
    ...(baselineError !== undefined && { baselineError }),
    ratio: theirs.length ? median(theirs.map((time, i) => time / (mine[i] as number))) : null,
    shareOfFloor: floor / milliseconds,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      backend: { type: 'string', multiple: true, default: ['wasm'] },
    },
  });
  const gigabytes = copyGigabytes();
  const gigaflops: Record<string, number> = {};
  const rows: Row[] = [];
  for (const backend of values.backend) {
    const [ours, stock] = await Promise.all([
      Side.start('ours', backend, values.quick),
      Side.start('stock', backend, values.quick),
    ]);
    gigaflops[backend] = ours.gigaflops;
    try {
      for (const one of ours.cases) {
        process.stderr.write(`${backend}: ${one.name}, T = ${one.T}\n`);
        rows.push(await compare(one, backend, ours, stock, gigabytes, values.quick ? 3 : 7));
      }
    } finally {
      ours.stop();
      stock.stop();
    }
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    gigabytes,
    gigaflops,
  };
  const report: Report = { machine, rows };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : table(report));
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

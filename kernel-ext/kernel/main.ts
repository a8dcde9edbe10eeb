import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { offerHost, offerTslabDisplay } from './cellHost';
import { CellRunner } from './cellRunner';
import { readConnection } from './connection';
import { Engine } from './engine';
import { Sources } from './errors/sources';
import { Executions } from './executions';
import { Interrupts } from './execution/interrupts';
import { captureStreams, trapExit } from './execution/process';
import { catchStrayErrors } from './execution/strayErrors';
import { starveCancelledTimers } from './execution/timers';
import { foldersOf } from './folders';
import { slots } from './io/link';
import type { ToMain, ToWorker, WorkerData } from './io/link';
import { Outbox } from './outbox';
import { Comms } from './requests/comms';
import { History } from './requests/history';
import { Inputs } from './requests/inputs';
import { kernelInfo } from './requests/kernelInfo';
import { Server } from './server';

// node main.js <connection file>: the kernel's process. The I/O thread starts first and answers at once; the compiler
// warms up behind it.

function start(connectionFile: string): void {
  const flags = new Int32Array(new SharedArrayBuffer(4 * slots.count));
  const parentPid = Number(process.env['JPY_PARENT_PID'] ?? 0);
  const workerData: WorkerData = {
    connection: readConnection(connectionFile),
    flags,
    kernelInfo: kernelInfo(),
    parentPid,
  };
  const worker = new Worker(join(__dirname, 'io', 'worker.js'), { workerData });
  const exit = trapExit();
  worker.on('error', (error) => {
    writeSync(2, `attention-lab kernel: the I/O thread has failed: ${error.stack ?? error.message}\n`);
    exit(1);
  });

  const folders = foldersOf(process.cwd());
  const outbox = new Outbox((message: ToWorker) => worker.postMessage(message));
  const sources = new Sources(folders.notebook);
  const history = new History();
  const inputs = new Inputs(outbox);
  const comms = new Comms((type, content, metadata, buffers) =>
    outbox.publish(type, content, undefined, { metadata, buffers }),
  );
  let release = (): void => {};
  const interrupts = new Interrupts(flags, () => release());

  let ready: (engine: Engine) => void = () => {};
  const engine = new Promise<Engine>((resolve) => {
    ready = resolve;
  });
  const runner = engine.then((one) => new CellRunner(one, interrupts, sources, folders.notebook));
  const received = (): number => Atomics.load(flags, slots.received);
  const executions = new Executions(runner, outbox, history, inputs, received);
  const server = new Server({ engine, executions, history, comms, inputs, outbox });

  worker.on('message', (message: ToMain) => {
    if (message.kind === 'request') server.receive(message.message, message.order);
    else if (message.kind === 'interrupt') interrupts.receive(message.order);
    else if (message.kind === 'closed') exit(0);
  });
  process.on('SIGINT', () => worker.postMessage({ kind: 'interrupt' } satisfies ToWorker));

  captureStreams((name, text) => outbox.print(name, text));
  starveCancelledTimers();
  offerHost(outbox, inputs);
  const built = new Engine(folders, (busy) => Atomics.store(flags, slots.compiling, busy ? 1 : 0));
  release = () => built.interrupt();
  offerTslabDisplay(outbox);
  ready(built);
  catchStrayErrors(runner, outbox);
}

const [, , connectionFile] = process.argv;
if (connectionFile === undefined) {
  process.stderr.write('usage: node main.js <connection file>   (Jupyter starts this)\n');
  process.exitCode = 2;
} else start(connectionFile);

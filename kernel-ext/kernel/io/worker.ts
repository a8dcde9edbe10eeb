import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Header, Json, Message } from '../protocol';
import { slots } from './link';
import type { ToMain, ToWorker, WorkerData } from './link';
import { endWithParent } from './orphan';
import { Sockets } from './sockets';
import { StreamJoiner } from './streams';
import { terminateUnlessHandled } from './terminate';
import { Wire } from './wire';

// The I/O thread: sockets, signatures, heartbeat, and every request that must be answered while the main thread is busy
// with a cell (kernel_info, interrupt, shutdown).

const exitPatienceMilliseconds = 400;
const { connection, flags, kernelInfo, parentPid } = workerData as WorkerData;
const main = parentPort as MessagePort;
const wire = new Wire(connection.key);
const sockets = new Sockets();
const streams = new StreamJoiner((name, text, parent) => {
  publish('stream', JSON.stringify({ name, text }), parent);
});
let interrupts = 0;

function tellMain(message: ToMain): void {
  main.postMessage(message);
}

function publish(type: string, content: string, parent: Partial<Header>, more?: Partial<Message>): void {
  const topic = Buffer.from(`kernel.${wire.session}.${type}`);
  sockets.send('iopub', wire.encode(type, content, parent, { ...more, identities: [topic] }));
}

function reply(channel: 'shell' | 'control', type: string, content: Json, request: Message): void {
  const frames = wire.encode(type, JSON.stringify(content), request.header, {
    identities: request.identities,
  });
  sockets.send(channel, frames);
}

/** Answers a request here, between the `busy` and `idle` that every request is owed. */
function answer(channel: 'shell' | 'control', type: string, content: Json, request: Message): void {
  publish('status', '{"execution_state":"busy"}', request.header);
  reply(channel, type, content, request);
  publish('status', '{"execution_state":"idle"}', request.header);
}

function fromMain(message: ToWorker): void {
  if (message.kind === 'interrupt') {
    interrupt();
    return;
  }
  if (message.kind === 'stream') {
    streams.write(message.name, message.text, message.parent);
    return;
  }
  if (message.channel !== 'iopub') {
    sockets.send(
      message.channel,
      wire.encode(message.type, message.content, message.parent, {
        ...(message.identities && { identities: message.identities }),
      }),
    );
    return;
  }
  streams.flush();
  const { type, content, parent, metadata, buffers } = message;
  publish(type, content, parent, { ...(metadata && { metadata }), ...(buffers && { buffers }) });
}

function onRequest(channel: 'shell' | 'control', message: Message): void {
  switch (message.header.msg_type) {
    case 'kernel_info_request':
      answer(channel, 'kernel_info_reply', kernelInfo, message);
      return;
    case 'interrupt_request':
      interrupt();
      answer(channel, 'interrupt_reply', { status: 'ok' }, message);
      return;
    case 'shutdown_request':
      void shutdown(channel, message);
      return;
    case 'execute_request':
      tellMain({ kind: 'request', message, order: Atomics.add(flags, slots.received, 1) + 1 });
      return;
    default:
      tellMain({ kind: 'request', message, order: 0 });
  }
}

function interrupt(): void {
  interrupts += 1;
  Atomics.store(flags, slots.stop, interrupts);
  tellMain({ kind: 'interrupt', order: interrupts });
  terminateUnlessHandled(flags, interrupts);
}

async function shutdown(channel: 'shell' | 'control', request: Message): Promise<void> {
  const content = { status: 'ok', restart: request.content['restart'] === true };
  streams.flush();
  publish('status', '{"execution_state":"busy"}', request.header);
  reply(channel, 'shutdown_reply', content, request);
  publish('shutdown_reply', JSON.stringify(content), request.header);
  publish('status', '{"execution_state":"idle"}', request.header);
  await sockets.close();
  tellMain({ kind: 'closed' });
  // a main thread that is stuck in a cell will not read that
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), exitPatienceMilliseconds);
}

async function serve(channel: 'shell' | 'control' | 'stdin'): Promise<void> {
  for await (const frames of sockets[channel]) {
    let message: Message;
    try {
      message = wire.decode(frames);
    } catch {
      continue; // unsigned or foreign: the specification says to ignore it
    }
    if (channel === 'stdin') tellMain({ kind: 'request', message, order: 0 });
    else onRequest(channel, message);
  }
}

async function echoHeartbeat(): Promise<void> {
  for await (const frames of sockets.heartbeat) await sockets.heartbeat.send(frames);
}

/** Greets each subscriber, so that clients know from when on they miss nothing. */
async function welcomeSubscribers(): Promise<void> {
  for await (const [frame] of sockets.iopub) {
    if (!frame || frame[0] !== 1) continue;
    const topic = frame.subarray(1);
    const content = JSON.stringify({ subscription: topic.toString() });
    sockets.send('iopub', wire.encode('iopub_welcome', content, {}, { identities: [topic] }));
  }
}

async function start(): Promise<void> {
  await sockets.bind(connection);
  main.on('message', fromMain);
  publish('status', '{"execution_state":"starting"}', {});
  tellMain({ kind: 'ready' });
  await Promise.all([
    serve('shell'),
    serve('control'),
    serve('stdin'),
    echoHeartbeat(),
    welcomeSubscribers(),
  ]);
}

endWithParent(parentPid);
// a socket that cannot be opened is fatal; thrown here, it ends the worker and main reports it
void start().catch((error: unknown) => {
  setImmediate(() => {
    throw error;
  });
});

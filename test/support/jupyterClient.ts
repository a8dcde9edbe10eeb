import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dealer, Request, Subscriber } from 'zeromq';
import { kernelArguments, root } from './builtKernel';

// A front end of the plainest kind: five sockets and the messaging specification, independent of the kernel's own code.

type Json = Record<string, unknown>;

export interface Received {
  readonly type: string;
  readonly content: Json;
  readonly parentId: string;
  readonly parentType: string;
  readonly metadata: Json;
  /** When it came, on the clock of `performance.now()`. */
  readonly at: number;
}

/** Everything that one execute request has caused. */
export interface Executed {
  readonly reply: Json;
  readonly outputs: readonly Received[];
  readonly stdout: string;
  readonly stderr: string;
}

export interface KernelOptions {
  /** Where the notebook would lie. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const delimiter = Buffer.from('<IDS|MSG>');
const key = 'a key for tests';

export class JupyterClient {
  readonly shell = new Dealer();
  readonly control = new Dealer();
  readonly stdin = new Dealer();
  readonly iopub = new Subscriber();
  readonly heartbeat = new Request();
  /** Everything published so far. */
  readonly published: Received[] = [];
  /** What the kernel's process itself wrote, outside of the protocol. */
  rawOutput = '';
  private readonly session = randomUUID();
  private readonly replies = new Map<string, Received>();
  private readonly changed = new Set<() => void>();

  private constructor(
    readonly child: ChildProcess,
    private readonly scratch: string,
  ) {}

  /** Starts the built kernel and waits until it answers. */
  static async start({
    folder = join(root, 'notebooks'),
    environment = {},
  }: KernelOptions = {}): Promise<JupyterClient> {
    const scratch = mkdtempSync(join(tmpdir(), 'attention-lab-kernel-'));
    const file = join(scratch, 'connection.json');
    const [shell_port, control_port, stdin_port, iopub_port, hb_port] = await freePorts(5);
    const ports = { shell_port, control_port, stdin_port, iopub_port, hb_port };
    const connection = { transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256', ...ports };
    writeFileSync(file, JSON.stringify(connection));
    const argv = kernelArguments(file);
    const env = { ...process.env, NODE_OPTIONS: '', JPY_PARENT_PID: String(process.pid), ...environment };
    const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const client = new JupyterClient(child, scratch);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (client.rawOutput += chunk.toString()));

    const at = (port: number | undefined): string => `tcp://127.0.0.1:${port}`;
    const identity = randomUUID();
    for (const socket of [client.shell, client.control, client.stdin]) socket.routingId = identity;
    for (const socket of [client.shell, client.control, client.stdin, client.iopub, client.heartbeat])
      socket.linger = 0;
    client.iopub.subscribe('');
    client.iopub.connect(at(iopub_port));
    client.shell.connect(at(shell_port));
    client.control.connect(at(control_port));
    client.stdin.connect(at(stdin_port));
    client.heartbeat.connect(at(hb_port));
    void client.listen();
    await client.until(() => client.published.some(({ type }) => type === 'iopub_welcome'));
    await client.request('kernel_info_request', {});
    return client;
  }

  /** Sends a message and gives its id. */
  send(
    type: string,
    content: Json,
    socket: 'shell' | 'control' | 'stdin' = 'shell',
    parent: Json = {},
  ): string {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.session,
      username: 'tester',
      date: new Date().toISOString(),
      msg_type: type,
      version: '5.4',
    };
    const parts = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    const signature = createHmac('sha256', key);
    for (const part of parts) signature.update(part);
    this.queue = this.queue.then(() =>
      this[socket].send([delimiter, Buffer.from(signature.digest('hex')), ...parts]),
    );
    return id;
  }
  private queue: Promise<void> = Promise.resolve();

  /** Sends a request and waits for its reply. */
  async request(type: string, content: Json, socket: 'shell' | 'control' = 'shell'): Promise<Json> {
    return this.replyTo(this.send(type, content, socket));
  }

  /** Waits for the reply to a request. */
  async replyTo(id: string, seconds?: number): Promise<Json> {
    return (await this.received(id, seconds)).content;
  }

  /** Waits for the reply to a request, with the time at which it came. */
  async received(id: string, seconds?: number): Promise<Received> {
    await this.until(() => this.replies.has(id), `the reply to ${id}`, seconds);
    return this.replies.get(id) as Received;
  }

  /** Sends a cell without waiting. */
  submit(code: string, more: Json = {}): string {
    const defaults = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    return this.send('execute_request', { code, stop_on_error: true, ...defaults, ...more });
  }

  /** Waits until a submitted cell has replied and gone idle. */
  async finished(id: string, seconds?: number): Promise<Executed> {
    const reply = await this.replyTo(id, seconds);
    await this.until(() => this.isIdle(id), `idle after ${id}`);
    return { reply, ...this.outputsOf(id) };
  }

  /** Runs a cell to its end. */
  async execute(code: string, more: Json = {}): Promise<Executed> {
    return this.finished(this.submit(code, more));
  }

  /** What has been published so far on behalf of a request. */
  outputsOf(id: string): Omit<Executed, 'reply'> {
    const all = this.published.filter(({ parentId }) => parentId === id);
    const outputs = all.filter(({ type }) => type !== 'status' && type !== 'execute_input');
    const stream = (name: string): string =>
      outputs
        .filter(({ type, content }) => type === 'stream' && content['name'] === name)
        .map(({ content }) => String(content['text']))
        .join('');
    return { outputs, stdout: stream('stdout'), stderr: stream('stderr') };
  }

  isIdle(id: string): boolean {
    return this.published.some(
      ({ type, content, parentId }) =>
        parentId === id && type === 'status' && content['execution_state'] === 'idle',
    );
  }

  /** Waits until `condition` holds; asked again whenever something arrives. */
  async until(condition: () => boolean, what = 'a condition', seconds = 40): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(limit);
        this.changed.delete(look);
        this.child.off('exit', gone);
      };
      const look = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      const gone = (): void => {
        done();
        reject(new Error(`the kernel has ended while waiting for ${what}: ${this.rawOutput}`));
      };
      const limit = setTimeout(() => {
        done();
        reject(new Error(`${what} did not come within ${seconds} s: ${this.rawOutput}`));
      }, seconds * 1000);
      this.changed.add(look);
      this.child.once('exit', gone);
    });
  }

  /** Shuts the kernel down and waits until its process is gone. */
  async stop(): Promise<number | null> {
    const gone = this.ended();
    this.send('shutdown_request', { restart: false }, 'control');
    const code = await gone;
    this.close();
    return code;
  }

  /** Resolves with the exit code when the kernel's process ends. */
  ended(): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Lets go of the sockets; the kernel's process is killed if it still runs. */
  close(): void {
    this.child.kill('SIGKILL');
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private async listen(): Promise<void> {
    const take = async (
      socket: AsyncIterable<Buffer[]>,
      keep: (message: Received) => void,
    ): Promise<void> => {
      for await (const frames of socket) {
        keep(decode(frames));
        for (const look of [...this.changed]) look();
      }
    };
    const reply = (message: Received): void => void this.replies.set(message.parentId, message);
    const publish = (message: Received): void => void this.published.push(message);
    await Promise.all([
      take(this.shell, reply),
      take(this.control, reply),
      take(this.stdin, publish),
      take(this.iopub, publish),
    ]);
  }
}

function decode(frames: readonly Buffer[]): Received {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...rest] = frames.slice(at + 1, at + 6);
  const hmac = createHmac('sha256', key);
  for (const part of rest) hmac.update(part);
  if (hmac.digest('hex') !== signature?.toString()) throw new Error('a message with a wrong signature');
  const [header, parent, metadata, content] = rest.map((part) => JSON.parse(part.toString()) as Json);
  return {
    type: String(header?.['msg_type']),
    parentId: String(parent?.['msg_id'] ?? ''),
    parentType: String(parent?.['msg_type'] ?? ''),
    metadata: metadata ?? {},
    content: content ?? {},
    at: performance.now(),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.once('listening', () => resolve(undefined)))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

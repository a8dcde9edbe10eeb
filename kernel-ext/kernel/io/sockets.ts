import { Reply, Router, XPublisher } from 'zeromq';
import { addressOf } from '../connection';
import type { Connection } from '../connection';
import type { Channel } from '../protocol';

/** The kernel's five sockets with one send queue each, so that frames leave complete and in order. */
export class Sockets {
  readonly shell = new Router();
  readonly control = new Router();
  readonly stdin = new Router();
  readonly iopub = new XPublisher();
  readonly heartbeat = new Reply();
  private readonly queues = new Map<Channel, Promise<void>>();

  /** Opens all sockets. No limit on what waits to be sent: a slow front end must not cost output. */
  async bind(connection: Connection): Promise<void> {
    // every new subscriber is greeted, not only the first one of a topic
    this.iopub.verbosity = 'allSubs';
    for (const name of ['shell', 'control', 'stdin', 'iopub', 'heartbeat'] as const) {
      const socket = this[name];
      socket.linger = 1000;
      socket.sendHighWaterMark = 0;
      // 0 takes zeromq's synchronous path: with a wait, every 512th send would push the following ones away
      socket.sendTimeout = 0;
      await socket.bind(addressOf(connection, name));
    }
  }

  /** Sends frames after everything that was sent on this channel before. */
  send(channel: Channel, frames: Buffer[]): void {
    const before = this.queues.get(channel) ?? Promise.resolve();
    const sent = before.then(() => this[channel].send(frames));
    // a peer that has gone away is no reason to stop serving the others
    this.queues.set(
      channel,
      sent.catch(() => {}),
    );
  }

  /** Waits until everything is handed over, then closes. */
  async close(): Promise<void> {
    await Promise.all(this.queues.values());
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
  }
}

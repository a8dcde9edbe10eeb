import { randomUUID } from 'node:crypto';
import { text } from '../protocol';
import type { Json } from '../protocol';

/** One two-way line between code in the kernel and code in the front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Called for each message from the front end. */
  onMessage: (data: Json, buffers: readonly Uint8Array[]) => void;
  onClose: () => void;
  send(data: Json, buffers?: readonly Uint8Array[]): void;
  close(data?: Json): void;
}

type Publish = (type: string, content: Json, metadata: Json, buffers: readonly Uint8Array[]) => void;
type Opened = (comm: Comm, data: Json) => void;

/** All open comms. */
export class Comms {
  private readonly open = new Map<string, Comm>();
  private readonly targets = new Map<string, Opened>();

  constructor(private readonly publish: Publish) {}

  /** Says what to do when the front end opens a comm to this target. */
  register(target: string, opened: Opened): void {
    this.targets.set(target, opened);
  }

  /** Opens a comm from the kernel's side. */
  create(target: string, data: Json = {}, metadata: Json = {}): Comm {
    const comm = this.make(randomUUID(), target);
    this.publish('comm_open', { comm_id: comm.id, target_name: target, data }, metadata, []);
    return comm;
  }

  /** Answers a `comm_info_request`. */
  infoReply(content: Json): Json {
    const wanted = text(content['target_name']);
    const comms: Json = {};
    for (const comm of this.open.values())
      if (wanted === '' || comm.target === wanted) comms[comm.id] = { target_name: comm.target };
    return { status: 'ok', comms };
  }

  /** Takes a `comm_open`, `comm_msg` or `comm_close` of the front end. */
  receive(type: string, content: Json, buffers: readonly Uint8Array[]): void {
    const id = text(content['comm_id']);
    const data = (content['data'] ?? {}) as Json;
    if (type === 'comm_open') {
      const target = text(content['target_name']);
      const opened = this.targets.get(target);
      // the specification: an unknown target is closed at once
      if (!opened) this.publish('comm_close', { comm_id: id, data: {} }, {}, []);
      else opened(this.make(id, target), data);
      return;
    }
    const comm = this.open.get(id);
    if (!comm) return;
    if (type === 'comm_msg') comm.onMessage(data, buffers);
    else {
      this.open.delete(id);
      comm.onClose();
    }
  }

  private make(id: string, target: string): Comm {
    const comm: Comm = {
      id,
      target,
      onMessage: () => {},
      onClose: () => {},
      send: (data, buffers = []) => this.publish('comm_msg', { comm_id: id, data }, {}, buffers),
      close: (data = {}) => {
        if (this.open.delete(id)) this.publish('comm_close', { comm_id: id, data }, {}, []);
      },
    };
    this.open.set(id, comm);
    return comm;
  }
}

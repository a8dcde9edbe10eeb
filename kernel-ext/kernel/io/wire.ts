import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { protocolVersion } from '../protocol';
import type { Header, Json, Message } from '../protocol';

const delimiter = Buffer.from('<IDS|MSG>');

/** Thrown for frames that are no message of this session: wrong signature, no delimiter, broken JSON. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Turns messages into signed zmq frames and back. One per kernel: it knows the key and the session. */
export class Wire {
  readonly session = randomUUID();

  constructor(private readonly key: string) {}

  /** Reads one multipart message. Throws a {@link WireError} when it is not signed with our key. */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    const [signature, header, parent, metadata, content] = frames.slice(at + 1, at + 6);
    if (at < 0 || !signature || !header || !parent || !metadata || !content)
      throw new WireError('not a Jupyter message');
    if (!this.signedBy(signature, [header, parent, metadata, content]))
      throw new WireError('wrong signature');
    return {
      identities: frames.slice(0, at),
      header: parse(header) as unknown as Header,
      parent: parse(parent),
      metadata: parse(metadata),
      content: parse(content),
      buffers: frames.slice(at + 6),
    };
  }

  /** Writes one multipart message; `content` is already JSON, so that it is serialised only once. */
  encode(
    type: string,
    content: string,
    parent: Partial<Header>,
    options: { identities?: readonly Uint8Array[]; metadata?: Json; buffers?: readonly Uint8Array[] } = {},
  ): Buffer[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      msg_type: type,
      version: protocolVersion,
    };
    const parts = [
      Buffer.from(JSON.stringify(header)),
      Buffer.from(JSON.stringify(parent)),
      Buffer.from(JSON.stringify(options.metadata ?? {})),
      Buffer.from(content),
    ];
    return [
      ...(options.identities ?? []).map(asBuffer),
      delimiter,
      Buffer.from(this.sign(parts)),
      ...parts,
      ...(options.buffers ?? []).map(asBuffer),
    ];
  }

  private sign(parts: readonly Buffer[]): string {
    if (this.key === '') return '';
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }

  private signedBy(signature: Buffer, parts: readonly Buffer[]): boolean {
    const expected = Buffer.from(this.sign(parts));
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
}

function parse(frame: Buffer): Json {
  try {
    return JSON.parse(frame.toString('utf8')) as Json;
  } catch {
    throw new WireError('a part of the message is not JSON');
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

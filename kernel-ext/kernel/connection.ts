import { readFileSync } from 'node:fs';
import { ConfigError, FileError } from '../../src/core/errors';

/** What a Jupyter connection file says: where to listen and how to sign. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly ports: {
    readonly shell: number;
    readonly control: number;
    readonly stdin: number;
    readonly iopub: number;
    readonly heartbeat: number;
  };
}

/**
 * Reads a connection file.
 *
 * @throws FileError when the file is missing or is no JSON
 * @throws ConfigError when a field is missing or the signature scheme is not hmac-sha256
 */
export function readConnection(path: string): Connection {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new FileError(`readConnection: '${path}' is not a readable connection file: ${String(error)}`);
  }
  const port = (name: string): number => {
    const value = raw[`${name}_port`];
    if (typeof value === 'number') return value;
    throw new ConfigError(`readConnection: field '${name}_port' must be a number, got ${String(value)}`);
  };
  const scheme = raw['signature_scheme'] ?? 'hmac-sha256';
  if (scheme !== 'hmac-sha256')
    throw new ConfigError(
      `readConnection: field 'signature_scheme' must be hmac-sha256, got ${String(scheme)}`,
    );
  return {
    transport: String(raw['transport'] ?? 'tcp'),
    ip: String(raw['ip'] ?? '127.0.0.1'),
    key: String(raw['key'] ?? ''),
    ports: {
      shell: port('shell'),
      control: port('control'),
      stdin: port('stdin'),
      iopub: port('iopub'),
      heartbeat: port('hb'),
    },
  };
}

/** The address of one socket: ports for tcp, numbered paths for ipc. */
export function addressOf(connection: Connection, name: keyof Connection['ports']): string {
  const separator = connection.transport === 'tcp' ? ':' : '-';
  return `${connection.transport}://${connection.ip}${separator}${connection.ports[name]}`;
}

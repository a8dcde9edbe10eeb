/** Jupyter's messaging specification, as far as this kernel speaks it (protocol 5.4). */
export const protocolVersion = '5.4';

/** A JSON object whose content only its sender knows. */
export type Json = Record<string, unknown>;

/** Which of the kernel's sockets carries a message. */
export type Channel = 'shell' | 'control' | 'stdin' | 'iopub';

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

/** A message as it came in: routing identities, four dictionaries and binary buffers. */
export interface Message {
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Partial<Header>;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Uint8Array[];
}

/** What an `error` message and a failed `execute_reply` say. */
export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** The fields of an `execute_request` that this kernel reads, with the specification's defaults filled in. */
export interface ExecuteRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
}

/** Reads an `execute_request`, filling in what the sender left out. */
export function readExecuteRequest(content: Json): ExecuteRequest {
  const silent = content['silent'] === true;
  return {
    code: text(content['code']),
    silent,
    storeHistory: !silent && content['store_history'] !== false,
    allowStdin: content['allow_stdin'] !== false,
    stopOnError: content['stop_on_error'] !== false,
  };
}

/** A string field, '' when it is missing or of another type. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A number field, or the given default. */
export function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

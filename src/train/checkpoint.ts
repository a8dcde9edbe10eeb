import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FileError } from '../core/errors';
import type { OptimizerState } from './optimizer';
import type { Weights } from './parameters';

/** Everything a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Finished steps. */
  readonly step: number;
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  /** Position of the batch source, as its `state` gave it. */
  readonly data: unknown;
  /** Seeds of the run by name, for the record. */
  readonly seeds: Readonly<Record<string, number>>;
  /** What decides the numbers of a step (`Stepper.settings`). */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The configuration of model and data, if the caller gave one (`FitOptions.config`). */
  readonly config: unknown;
}

/** The version this code writes; a file of another one is refused. */
export const CHECKPOINT_FORMAT = 1;

// layout: magic (8) | header length u32 | header JSON | float32 values, little-endian | SHA-256 of all before it (32)
const MAGIC = Buffer.from('ATTNLAB\x01', 'latin1');
const PREFIX = MAGIC.length + 4;
const DIGEST = 32;
const MOMENTS = ['first', 'second'] as const;

const count = z.number().int().min(0);
const headerSchema = z.object({
  format: z.literal(CHECKPOINT_FORMAT),
  step: count,
  tensors: z.array(z.object({ path: z.string().max(1000), shape: z.array(count).max(8) })),
  optimizer: z.object({ steps: count, size: count }),
  data: z.unknown(),
  seeds: z.record(z.string(), z.number()),
  settings: z.record(z.string(), z.unknown()),
  config: z.unknown(),
});

/** SHA-256 of a value's JSON with names sorted, so that the order of writing does not matter. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with names sorted at every level. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, node: unknown) =>
      node !== null && typeof node === 'object' && !Array.isArray(node)
        ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
        : node,
    ) ?? 'null'
  );
}

/**
 * Where two plain values differ first, as a dotted path with both values; nothing if they are equal.
 *
 * @example
 * firstDifference({ a: { b: 1 } }, { a: { b: 2 } }); // { path: 'a.b', left: 1, right: 2 }
 */
export function firstDifference(
  left: unknown,
  right: unknown,
  path = '',
): { readonly path: string; readonly left: unknown; readonly right: unknown } | undefined {
  if (canonical(left) === canonical(right)) return undefined;
  const isGroup = (x: unknown): x is Record<string, unknown> =>
    typeof x === 'object' && x !== null && !Array.isArray(x);
  if (!isGroup(left) || !isGroup(right)) return { path, left, right };
  for (const name of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
    const found = firstDifference(left[name], right[name], path ? `${path}.${name}` : name);
    if (found) return found;
  }
  return { path, left, right };
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * A checkpoint as bytes. Equal checkpoints give equal bytes: no date, no machine name, names sorted.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const { step, weights, optimizer, data, seeds, settings, config } = checkpoint;
  const tensors = [...weights].map(([path, { shape }]) => ({ path, shape }));
  const header = Buffer.from(
    canonical({
      format: CHECKPOINT_FORMAT,
      step,
      tensors,
      optimizer: { steps: optimizer.steps, size: optimizer.first.length },
      data: data ?? null,
      seeds,
      settings,
      config: config ?? null,
    }),
  );
  const prefix = Buffer.alloc(PREFIX);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(header.length, MAGIC.length);
  const values = [...weights.values()].map((weight) => bytesOf(weight.values));
  const body = Buffer.concat([prefix, header, ...values, ...MOMENTS.map((name) => bytesOf(optimizer[name]))]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * Reads {@link encodeCheckpoint}'s bytes. Nothing in the file is executed, and nothing larger than it is allocated.
 * Throws `FileError` for a file of another kind or version, cut short, or with a single bit changed.
 */
export function decodeCheckpoint(bytes: Buffer, where: string): Checkpoint {
  const fail = (reason: string): never => {
    throw new FileError(`${where}: ${reason}`);
  };
  if (bytes.length < PREFIX + DIGEST || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return fail('it must be an Attention Lab checkpoint, but does not begin like one');
  const body = bytes.subarray(0, bytes.length - DIGEST);
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(bytes.subarray(body.length)))
    return fail('the checkpoint is damaged or cut short: its checksum does not match');

  const headerEnd = PREFIX + bytes.readUInt32LE(MAGIC.length);
  if (headerEnd > body.length) return fail('the header must lie inside the file, but ends after it');
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8', PREFIX, headerEnd));
  } catch {
    return fail('the header must be JSON, but is not');
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail(`the header's '${issue?.path.join('.') ?? ''}' is not valid (${issue?.message ?? ''})`);
  }
  const header = parsed.data;

  let offset = headerEnd;
  const take = (size: number): Float32Array => {
    if (offset + 4 * size > body.length) return fail('the header promises more numbers than the file holds');
    // a copy: the file's own buffer need not be aligned to 4 bytes
    const values = new Float32Array(
      body.buffer.slice(body.byteOffset + offset, body.byteOffset + offset + 4 * size),
    );
    offset += 4 * size;
    return values;
  };
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const { path, shape } of header.tensors) {
    if (weights.has(path)) return fail(`it must hold '${path}' once, but holds it twice`);
    weights.set(path, { shape, values: take(shape.reduce((size, length) => size * length, 1)) });
  }
  const { steps, size } = header.optimizer;
  const optimizer = { steps, first: take(size), second: take(size) };
  if (offset !== body.length) return fail('the file holds more numbers than the header promises');
  const { step, data, seeds, settings, config } = header;
  return { step, weights, optimizer, data, seeds, settings, config };
}

import { readFileSync } from 'node:fs';
import { sync as writeFileAtomicSync } from 'write-file-atomic';
import { FileError } from '../core/errors';
import type { SineBasis, SineHead } from './positionBasis';
import { sineParts } from './positionBasis';

const format = 'attention-lab/sine-basis';
const version = 1;

/** How a basis is written to a file: plain JSON that says what it is. */
export interface SineBasisJson extends SineBasis {
  readonly format: typeof format;
  readonly version: typeof version;
}

/** The basis as plain JSON; {@link basisFromJson} gives back the same numbers to the last bit. */
export function basisToJson({ horizon, span, heads }: SineBasis): SineBasisJson {
  return { format, version, horizon, span, heads: heads.map(copyHead) };
}

/**
 * Reads what {@link basisToJson} wrote. Throws `FileError` naming the field that is missing or wrong.
 *
 * @example
 * const again = basisFromJson(JSON.parse(JSON.stringify(basisToJson(basis))));
 */
export function basisFromJson(json: unknown): SineBasis {
  const file: Partial<Record<keyof SineBasisJson, unknown>> = isRecord(json) ? json : {};
  demand(file.format === format, 'format', `'${format}'`, file.format);
  demand(file.version === version, 'version', String(version), file.version);
  const { horizon, span, heads } = file;
  demand(
    isNumber(horizon) && Number.isInteger(horizon) && horizon > 0,
    'horizon',
    'an integer >= 1',
    horizon,
  );
  demand(isNumber(span) && span > 0, 'span', 'a positive number', span);
  demand(Array.isArray(heads) && heads.length > 0, 'heads', 'a list of at least one head', heads);
  return { horizon, span, heads: heads.map(readHead) };
}

/** Writes a basis to a file, all or nothing. Throws `FileError` if it cannot be written. */
export function saveBasis(path: string, basis: SineBasis): void {
  try {
    writeFileAtomicSync(path, `${JSON.stringify(basisToJson(basis), null, 1)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileError(
      `saveBasis: argument 'path' must be a file in a folder that exists and can be written, got '${path}' (${reason})`,
      { cause: error },
    );
  }
}

/** Reads a basis from a file. Throws `FileError` if it is missing, no JSON, or not a basis. */
export function loadBasis(path: string): SineBasis {
  try {
    return basisFromJson(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileError(`loadBasis: cannot read '${path}': ${reason}`, { cause: error });
  }
}

function readHead(value: unknown, index: number): SineHead {
  const head = isRecord(value) ? value : {};
  const width = Array.isArray(head['amplitude']) ? head['amplitude'].length : 0;
  for (const part of sineParts) {
    const list = head[part];
    const good = Array.isArray(list) && list.length === width && width > 0 && list.every(isNumber);
    demand(good, `heads[${index}].${part}`, 'a list of finite numbers as long as its amplitude', list);
  }
  return copyHead(head as unknown as SineHead);
}

function copyHead(head: SineHead): SineHead {
  const { columnFrequency, columnPhase, rowFrequency, rowPhase, amplitude } = head;
  return {
    columnFrequency: [...columnFrequency],
    columnPhase: [...columnPhase],
    rowFrequency: [...rowFrequency],
    rowPhase: [...rowPhase],
    amplitude: [...amplitude],
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function demand(holds: boolean, field: string, expected: string, actual: unknown): asserts holds {
  const got = JSON.stringify(actual) ?? 'nothing';
  if (!holds)
    throw new FileError(`basisFromJson: field '${field}' must be ${expected}, got ${got.slice(0, 60)}`);
}

/**
 * The errors this library throws on purpose. Each carries one sentence that names the function, the argument,
 * what was expected and what came: `where: argument 'name' must be <expected>, got <actual>`.
 */
export class AttentionLabError extends Error {
  override readonly name: string = 'AttentionLabError';
}

/** A tensor has the wrong rank, axis length or dtype. */
export class ShapeError extends AttentionLabError {
  override readonly name = 'ShapeError';
}

/** A setting, option or configuration value is not allowed. */
export class ConfigError extends AttentionLabError {
  override readonly name = 'ConfigError';
}

/** A file (corpus, tokenizer, checkpoint, log) is missing, damaged or of another version. */
export class FileError extends AttentionLabError {
  override readonly name = 'FileError';
}

/** A backend or native library cannot be used here; the message names the cure. */
export class BackendError extends AttentionLabError {
  override readonly name = 'BackendError';
}

/** Long work was stopped through its AbortSignal. */
export class StoppedError extends AttentionLabError {
  override readonly name = 'StoppedError';
}

/** Training left the realm of finite numbers; the weights are those before the step that did. */
export class DivergedError extends AttentionLabError {
  override readonly name = 'DivergedError';
}

/** How a value is written in an error sentence: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'function') return `a function`;
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : typeof value === 'number'
        ? String(value)
        : JSON.stringify(value);
  return text === undefined ? String(value) : text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Throws a {@link ConfigError} unless `condition` holds.
 *
 * @example
 * expect(heads > 0, 'elita', 'heads', 'a positive integer', heads);
 */
export function expect(
  condition: boolean,
  where: string,
  argument: string,
  expected: string,
  actual: unknown,
): asserts condition {
  if (!condition)
    throw new ConfigError(`${where}: argument '${argument}' must be ${expected}, got ${show(actual)}`);
}

/** Throws unless `value` is an integer of at least `minimum`. */
export function expectInteger(
  value: unknown,
  where: string,
  argument: string,
  minimum = 1,
): asserts value is number {
  expect(
    Number.isInteger(value) && (value as number) >= minimum,
    where,
    argument,
    `an integer >= ${minimum}`,
    value,
  );
}

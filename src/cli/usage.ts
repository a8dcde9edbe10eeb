import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { AttentionLabError } from '../core/errors';
import { suggestion } from '../core/suggest';

/** The command line is not understood: one sentence, exit code 2. */
export class UsageError extends AttentionLabError {
  override readonly name = 'UsageError';
}

/** One option of a command: a flag, or `value` = what stands after it. */
export interface Option {
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
}

type Parsed<O extends Record<string, Option>> = {
  readonly [K in keyof O]?: O[K] extends { readonly value: string } ? string : boolean;
};

/**
 * Reads `--name value` and `--flag` arguments; positional arguments are refused.
 * Throws {@link UsageError} naming the stray argument and the nearest option.
 */
export function readOptions<const O extends Record<string, Option>>(
  command: string,
  args: readonly string[],
  options: O,
): Parsed<O> {
  const names = Object.keys(options).map((name) => `--${name}`);
  for (const arg of args.filter((text) => text.startsWith('--'))) {
    const name = arg.split('=')[0] as string;
    if (!names.includes(name)) {
      throw new UsageError(
        `attention-lab ${command}: unknown option '${name}'${suggestion(name, names)}; it knows ${names.join(', ')}.`,
      );
    }
  }
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, short }] of Object.entries<Option>(options)) {
    config[name] = { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) };
  }
  try {
    return parseArgs({ args: [...args], options: config }).values as Parsed<O>;
  } catch (error) {
    // node's own sentence goes on to explain '--' and positionals, which does not help here
    const reason = (error as Error).message.split('. ')[0] as string;
    throw new UsageError(
      `attention-lab ${command}: ${reason}; 'attention-lab ${command} --help' lists what it takes.`,
    );
  }
}

/** Reads an option that must be a whole number. Throws {@link UsageError}. */
export function wholeNumber(command: string, name: string, text: string, minimum = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < minimum) {
    throw new UsageError(
      `attention-lab ${command}: --${name} takes a whole number of at least ${minimum}, got '${text}'.`,
    );
  }
  return value;
}

/** The options as the lines of a help text. */
export function describeOptions(options: Record<string, Option>): string {
  const rows = Object.entries(options).map(([name, { value, short, about }]) => ({
    left: `${short ? `-${short}, ` : ''}--${name}${value ? ` <${value}>` : ''}`,
    about,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, about }) => `  ${left.padEnd(width)}  ${about}`).join('\n');
}

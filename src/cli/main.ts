import { AttentionLabError } from '../core/errors';
import { suggestion } from '../core/suggest';
import type { Command } from './command';
import { UsageError } from './usage';

/** Every sub-command, loaded only when called: `--help` need not wait for TensorFlow.js. */
const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  train: () => import('./train.js'),
  probe: () => import('./probe.js'),
  doctor: () => import('./doctor.js'),
  native: () => import('./native.js'),
  install: () => import('./install.js'),
};

/** One line per command; kept here so that listing them loads none of them. */
const summaries: Readonly<Record<string, string>> = {
  train: 'train a model described by a run file',
  probe: 'ask every variant whether it sees the future',
  doctor: 'check this machine and name the cure for what is missing',
  native: 'prepare TensorFlow itself as a faster backend',
  install: 'register the notebook kernel and renderer with a Jupyter of yours',
};

function overview(): string {
  const lines = Object.entries(summaries).map(([name, summary]) => `  ${name.padEnd(8)} ${summary}`);
  return [
    'attention-lab: learn, test and use linear attention',
    '',
    'Usage: attention-lab <command> [options]',
    '',
    'Commands:',
    ...lines,
    '',
    "'attention-lab <command> --help' explains one command.",
  ].join('\n');
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    console.log(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === 'help') return dispatch([...rest, '--help']);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    const known = Object.keys(commands);
    throw new UsageError(
      `attention-lab: unknown command '${name}'${suggestion(name, known)}; it knows ${known.join(', ')}.`,
    );
  }
  const { command } = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help);
    return 0;
  }
  return command.run(rest);
}

/**
 * Runs one command line and gives the exit code: 0 done, 1 failed, 2 not understood. Errors that this library throws on
 * purpose become one sentence on stderr; anything else is a fault of ours and keeps its stack.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (!(error instanceof AttentionLabError)) {
      console.error(error);
      return 1;
    }
    console.error(error.message);
    return error instanceof UsageError || error.name === 'ConfigError' ? 2 : 1;
  }
}

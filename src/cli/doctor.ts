import type { Command } from './command';
import { backend, memory, native, node } from './doctor/engine';
import type { Finding } from './doctor/finding';
import { jupyters } from './doctor/jupyter';
import { describeOptions, readOptions } from './usage';

const options = { json: { about: 'print an array of {check, ok, detail, cure?, essential?}' } } as const;

function lines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, ok, detail, cure }) => [
    `${ok ? '✓' : '✗'} ${check.padEnd(width)}  ${detail}`,
    ...(cure ? [`  ${' '.repeat(width)}  cure: ${cure}`] : []),
  ]);
}

/**
 * Looks at this machine and prints what it finds, each with ok or the cure. Resolves with 0 when nothing essential is
 * broken, else with 1: a missing native library or JupyterLab is told, but the library works without.
 *
 * @example
 * process.exitCode = await doctor(['--json']);
 */
export async function doctor(args: readonly string[]): Promise<number> {
  const { json } = readOptions('doctor', args, options);
  const jupyter = jupyters();
  const all = [node(), await backend(), await native(), memory(), ...(await jupyter)];
  console.log(json ? JSON.stringify(all, null, 2) : lines(all).join('\n'));
  return all.some(({ essential }) => essential) ? 1 : 0;
}

export const command: Command = {
  name: 'doctor',
  summary: 'check this machine and name the cure for what is missing',
  help: [
    'Usage: attention-lab doctor [options]',
    '',
    'Looks at Node, the backend, the native library, memory, and at every JupyterLab with our kernel and renderer in it.',
    'The exit code is 0 when nothing essential is broken.',
    '',
    'Options:',
    describeOptions(options),
  ].join('\n'),
  run: doctor,
};

import { execFile } from 'node:child_process';

/** What a program printed and whether it ended well. */
export interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; one that is missing, fails or takes longer than 30 s is an answer too. */
export function ask(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000, windowsHide: true }, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout: stdout.trim(), stderr: stderr.trim() }),
    );
  });
}

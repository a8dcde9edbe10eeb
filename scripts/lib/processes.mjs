// child processes: run to the end, output shown or kept; Ctrl-C reaches the child first, then us
import { spawn } from 'node:child_process';
import { Trouble } from './console.mjs';
import { diagnose } from './diagnose.mjs';
import { root } from './paths.mjs';

const children = new Set();
let stopped = false;
let handedOver = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (handedOver) {
      // a terminal's Ctrl-C reaches the whole group by itself; any other signal reaches only us
      if (signal !== 'SIGINT' || !process.stdin.isTTY) for (const child of children) child.kill(signal);
      return;
    }
    if (stopped) process.exit(130);
    stopped = true;
    for (const child of children) child.kill(signal);
    console.error('\n✗ Broken off: run the same command again and it goes on where it stopped.');
    // npm shrugs off the first signal, and a second npm would then fight with it over the same folder
    setTimeout(
      () => {
        for (const child of children) child.kill('SIGKILL');
        process.exit(130);
      },
      children.size > 0 ? 3000 : 0,
    );
  });
}

/**
 * Runs a program to its end and resolves with `{code, stdout, stderr}`; never rejects for a failing program.
 * `show: true` lets it write to the terminal; otherwise both streams are kept, and `onLine` sees each line as it comes.
 * A program that prints something that `giveUpOn` matches is ended.
 */
export function run(program, args, { cwd = root, env, show = false, onLine, giveUpOn, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? ['inherit', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    children.add(child);
    const kept = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      let open = '';
      child[name]?.setEncoding('utf8').on('data', (text) => {
        kept[name] += text;
        if (giveUpOn?.test(text)) {
          child.kill('SIGTERM');
          setTimeout(() => child.kill('SIGKILL'), 5000).unref();
        }
        if (!onLine) return;
        const lines = (open + text).split(/\r?\n|\r/);
        open = lines.pop() ?? '';
        for (const line of lines) onLine(line, name);
      });
      child[name]?.on('end', () => open && onLine?.(open, name));
    }
    const end = (code) => {
      children.delete(child);
      if (stopped) process.exit(130);
      resolve({ code, ...kept });
    };
    child.on('error', (error) => {
      kept.stderr += error.message;
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? (signal ? 1 : 0)));
  });
}

/**
 * Like `run`, but a failure is a `Trouble`: the known cause when the `tool` has one, else the last lines that the program
 * wrote and then `sentence`.
 */
export async function must(program, args, { tool, sentence, ...options }) {
  // npm goes on for minutes on a full disk
  const result = await run(program, args, { giveUpOn: tool && /ENOSPC|No space left/, ...options });
  if (result.code === 0) return result;
  const said = `${result.stdout}\n${result.stderr}`.trim();
  const cause = tool && diagnose(tool, said);
  if (!cause && said) console.error(said.split('\n').slice(-15).join('\n'));
  throw new Trouble(cause ?? sentence);
}

/** Gives terminal and signals to a program that knows its own Ctrl-C, and resolves with its exit code. */
export async function handOver(program, args, options = {}) {
  handedOver = true;
  const { code } = await run(program, args, { ...options, show: true });
  handedOver = false;
  return code;
}

import { currentCell } from './cell';
import type { StreamName } from '../io/link';

/** Sends what a cell prints to that cell's output. */
export function captureStreams(print: (name: StreamName, text: string) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      currentCell()?.check();
      print(name, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
      const done = rest.find((one) => typeof one === 'function');
      if (done) queueMicrotask(done as () => void);
      return true;
    };
    process[name].write = write;
  }
}

/** A cell must not take the kernel and all variables with it: `process.exit` throws instead. Returns the real one. */
export function trapExit(): (code: number) => never {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    throw new Error(
      `process.exit(${code ?? ''}) does nothing in a notebook: restart the kernel from the menu`,
    );
  };
  return exit;
}

import { ensureKernelIsBuilt } from './builtKernel';
import { JupyterClient } from './jupyterClient';
import type { Executed, KernelOptions } from './jupyterClient';

/** One built kernel for all tests of a `describe`: call it there and use what it returns inside of the tests. */
export function useKernel(options: KernelOptions = {}): () => JupyterClient {
  let client: JupyterClient | undefined;
  before(async function () {
    this.timeout(180_000);
    ensureKernelIsBuilt();
    client = await JupyterClient.start(options);
    // the compiler is warm after the first cell
    await client.finished(client.submit('0'), 120);
  });
  after(() => client?.close());
  return () => {
    if (!client) throw new Error('the kernel is used outside of a test');
    return client;
  };
}

/** The text form of a cell's result. */
export function resultOf(executed: Executed): string | undefined {
  const result = executed.outputs.find(({ type }) => type === 'execute_result');
  const data = result?.content['data'] as Record<string, string> | undefined;
  return data?.['text/plain'];
}

/** The traceback of a cell's error without colours, or what the cell did instead. */
export function tracebackOf(executed: Executed): string {
  const error = executed.outputs.find(({ type }) => type === 'error');
  if (!error) return `no error: ${JSON.stringify(executed.reply)}`;
  return (error.content['traceback'] as string[]).join('\n').replace(/\u001b\[\d+m/g, '');
}

/** Sleeps until the cell has printed something. */
export async function untilPrinted(kernel: JupyterClient, id: string, text: string): Promise<void> {
  await kernel.until(() => kernel.outputsOf(id).stdout.includes(text), `'${text}' from the cell`);
}

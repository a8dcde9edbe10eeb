// drives plain tslab's converter and executor as its Jupyter kernel does, and prints what came of three cells
const { createConverter } = require('tslab/dist/converter');
const { createExecutor } = require('tslab/dist/executor');

async function main() {
  const node = createConverter({ isJS: false, isBrowser: false });
  const errors = [];
  const console_ = { log: console.log, error: (...text) => errors.push(text.join(' ')) };
  const executor = createExecutor(
    process.cwd(),
    { node, browser: node, close: () => node.close() },
    console_,
  );
  const first = await executor.execute(
    "import { initBackend, tf } from 'attention-lab';\nconst backend = await initBackend();",
  );
  const second = await executor.execute(
    'const product: number = tf.tidy(() => tf.sum(tf.ones([2, 3])).dataSync()[0] ?? 0);\nconsole.log(product);',
  );
  const soFar = [...errors];
  const wrongType = await executor.execute("tf.sum('a', 'b', 'c', 'd');");
  process.stdout.write(JSON.stringify({ first, second, errors: soFar, wrongType }));
  node.close();
}

void main();

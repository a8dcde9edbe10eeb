import { expect } from 'chai';
import { PNG } from 'pngjs';
import { resultOf, useKernel } from '../support/kernel';

describe('kernel results and displays', () => {
  const kernel = useKernel();
  const result = async (code: string): Promise<string | undefined> => resultOf(await kernel().execute(code));
  const bundle = async (code: string, type: string): Promise<Record<string, string>> => {
    const { outputs, reply } = await kernel().execute(code);
    expect(reply['status'], JSON.stringify(reply)).to.equal('ok');
    const found = outputs.find((output) => output.type === type);
    return found?.content['data'] as Record<string, string>;
  };

  it('shows the last expression, null included, and nothing for undefined', async () => {
    expect(await result('6 * 7')).to.equal('42');
    expect(await result('"text"')).to.equal("'text'");
    expect(await result('({ a: [1, { b: null }] })')).to.equal('{ a: [ 1, { b: null } ] }');
    expect(await result('null')).to.equal('null');
    expect(await result('undefined')).to.equal(undefined);
    expect(await result('const unseen = 5;')).to.equal(undefined);
    expect(await result('Promise.resolve(1)')).to.contain('await');
  });

  it('counts executions, except those that store no history', async () => {
    const first = (await kernel().execute('1')).reply['execution_count'] as number;
    const hidden = (await kernel().execute('1', { store_history: false })).reply['execution_count'];
    const silent = await kernel().execute('2', { silent: true });
    expect(hidden).to.equal(first);
    expect(silent.outputs).to.deep.equal([]);
    expect((await kernel().execute('1')).reply['execution_count']).to.equal(first + 1);
  });

  it('asks values how they want to be shown, now or later', async () => {
    const now =
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '*m*', 'text/plain': 'm' }) })";
    expect(await bundle(now, 'execute_result')).to.deep.equal({ 'text/markdown': '*m*', 'text/plain': 'm' });
    const later =
      "({ async [Symbol.for('Jupyter.display')]() { await null; return { 'text/plain': 'later' }; } })";
    expect(await bundle(later, 'execute_result')).to.deep.equal({ 'text/plain': 'later' });
  });

  it('sends several MIME types in one output, objects as objects', async () => {
    const sent = { 'application/vnd.vegalite.v5+json': { mark: 'bar' }, 'text/plain': 'a bar' };
    const code = `import { display } from 'attention-lab/notebook'; void display(${JSON.stringify(sent)})`;
    expect(await bundle(code, 'display_data')).to.deep.equal(sent);
  });

  it('draws figures: interactive, PNG and a sentence', async () => {
    const figure = await bundle(
      `import { show } from 'attention-lab/notebook'; import { lossCurve } from '../src/plot';
       await show(lossCurve({ runs: [{ name: 'a', steps: [1, 2], losses: [2, 1] }] })); undefined`,
      'display_data',
    );
    expect(figure).to.have.keys('application/vnd.vegalite.v5+json', 'image/png', 'text/plain');
    expect(PNG.sync.read(Buffer.from(String(figure['image/png']), 'base64')).width).to.be.greaterThan(100);
  });

  it('prints tensors as shape, dtype, statistics, values and a picture', async () => {
    const code = "import * as tf from '@tensorflow/tfjs'; const t = tf.tensor2d([[1, 2], [3, -4.5]]); t";
    const shown = await bundle(code, 'execute_result');
    expect(shown['text/plain']).to.equal(
      'tensor [2, 2] float32  min -4.500  max 3  mean 0.3750\n1       2\n3  -4.500',
    );
    expect(PNG.sync.read(Buffer.from(String(shown['image/png']), 'base64')).width).to.equal(48);
    expect(await result('const before = tf.memory().numTensors; t')).to.contain('tensor');
    expect(await result('tf.memory().numTensors - before')).to.equal('0');
    expect(await result('t.dispose(); t')).to.equal('tensor [2, 2] float32, disposed');
  });

  it('clears outputs', async () => {
    const { outputs } = await kernel().execute(
      "import { clearOutput } from 'attention-lab/notebook'; clearOutput(); clearOutput('next')",
    );
    expect(outputs.map(({ type, content }) => [type, content['wait']])).to.deep.equal([
      ['clear_output', false],
      ['clear_output', true],
    ]);
  });

  it("lets tslab's own display speak", async () => {
    const code = "import * as tslab from 'tslab'; tslab.display.html('<b>x</b>')";
    expect(await bundle(code, 'display_data')).to.deep.equal({ 'text/html': '<b>x</b>' });
  });

  it('asks the person at the front end', async () => {
    const ask = "import { input } from 'attention-lab/notebook'; await input('name? ')";
    const id = kernel().submit(ask, { allow_stdin: true });
    const asked = (): boolean =>
      kernel().published.some(({ type, parentId }) => type === 'input_request' && parentId === id);
    await kernel().until(asked, 'the question');
    kernel().send('input_reply', { value: 'Ada', status: 'ok' }, 'stdin');
    expect(resultOf(await kernel().finished(id))).to.equal("'Ada'");
    const refused = await kernel().execute(ask);
    expect(refused.reply['evalue']).to.contain('does not take input');
  });
});

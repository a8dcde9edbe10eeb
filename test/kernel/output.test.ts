import { expect } from 'chai';
import { useKernel } from '../support/kernel';

describe('kernel output', () => {
  const kernel = useKernel();

  it('delivers every line of a synchronous loop, in order', async () => {
    const { stdout, reply } = await kernel().execute(
      'for (let i = 0; i < 6000; i++) console.log(`line ${i}`);',
    );
    expect(reply['status']).to.equal('ok');
    expect(stdout).to.equal(Array.from({ length: 6000 }, (_, i) => `line ${i}\n`).join(''));
  });

  it('delivers 2,000 updates of one output, each in place, the last one last', async () => {
    const { outputs } = await kernel().execute(`
      import { display } from 'attention-lab/notebook';
      const counter = display('start', { id: 'counter' });
      for (let i = 1; i <= 2000; i++) counter.update(i);
    `);
    expect(outputs).to.have.length(2001);
    expect(outputs[0]?.type).to.equal('display_data');
    const shown = outputs.slice(1).map(({ type, content }) => {
      expect(type).to.equal('update_display_data');
      expect(content['transient']).to.deep.equal({ display_id: 'counter' });
      return (content['data'] as Record<string, string>)['text/plain'];
    });
    expect(shown).to.deep.equal(Array.from({ length: 2000 }, (_, i) => String(i + 1)));
  });

  it('brings 400 cells of two lines to idle, each complete', async function () {
    this.timeout(240_000);
    for (let i = 0; i < 400; i++) {
      const { stdout, reply } = await kernel().execute(`console.log('a');\nconsole.log('${i}');`);
      expect(reply['status']).to.equal('ok');
      expect(stdout).to.equal(`a\n${i}\n`);
    }
  });

  it('keeps the order of stdout, stderr and displays', async () => {
    const { outputs } = await kernel().execute(`
      import { display } from 'attention-lab/notebook';
      console.log('1'); console.error('2'); display({ 'text/plain': '3' }); process.stdout.write('4');
      '5'
    `);
    const seen = outputs.map(({ type, content }) => {
      const data = content['data'] as Record<string, string> | undefined;
      return [type, content['name'] ?? '', content['text'] ?? data?.['text/plain']].join(' ');
    });
    expect(seen).to.deep.equal([
      'stream stdout 1\n',
      'stream stderr 2\n',
      'display_data  3',
      'stream stdout 4',
      "execute_result  '5'",
    ]);
  });

  it('shows what a finished cell prints later under that cell, also while others run', async () => {
    const ids = [0, 1, 2, 3, 4].map((n) =>
      kernel().submit(`
        setTimeout(() => { console.log('late ${n}'); }, ${60 - n * 10});
        await null;
        console.log('own ${n}');
      `),
    );
    for (const id of ids) await kernel().finished(id);
    await kernel().until(() => ids.every((id) => kernel().outputsOf(id).stdout.includes('late')));
    ids.forEach((id, n) => expect(kernel().outputsOf(id).stdout).to.equal(`own ${n}\nlate ${n}\n`));
  });

  it('says busy, the input, the output and idle, in this order, all caused by the request', async () => {
    const id = kernel().submit('console.log(7); 8');
    await kernel().finished(id);
    const states = kernel()
      .published.filter(({ parentId }) => parentId === id)
      .map(({ type, content }) => content['execution_state'] ?? type);
    expect(states).to.deep.equal(['busy', 'execute_input', 'stream', 'execute_result', 'idle']);
  });
});

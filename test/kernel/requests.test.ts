import { expect } from 'chai';
import { useKernel } from '../support/kernel';

describe('kernel requests', () => {
  const kernel = useKernel();
  type Typed = readonly { readonly text: string; readonly type: string }[];
  const complete = async (code: string, cursor_pos = Array.from(code).length) => {
    const reply = await kernel().request('complete_request', { code, cursor_pos });
    const { _jupyter_types_experimental: typed } = reply['metadata'] as Record<string, Typed>;
    return { reply, matches: reply['matches'] as string[], typed: typed ?? [] };
  };

  it('completes with kinds, with variables of earlier cells, and behind characters of two units', async () => {
    await kernel().execute('const attention = { heads: 4, width: 32, apply() {} };');
    const { matches, typed } = await complete('attention.');
    expect(matches).to.have.members(['heads', 'width', 'apply']);
    expect(typed.find(({ text }) => text === 'apply')?.type).to.equal('method');
    expect(typed.find(({ text }) => text === 'heads')?.type).to.equal('property');
    const { reply } = await complete('const s = "🙂"; attention.he');
    expect(reply['matches']).to.deep.equal(['heads']);
    expect([reply['cursor_start'], reply['cursor_end']]).to.deep.equal([25, 27]);
    const kinds = (await complete('atten')).typed.find(({ text }) => text === 'attention');
    expect(kinds?.type).to.equal('instance');
  });

  it('completes the paths of modules, replacing what was begun', async () => {
    const code = "import * as x from 'node:fs/pro";
    const { reply } = await complete(code);
    expect(reply['matches']).to.deep.equal(['promises']);
    expect([reply['cursor_start'], reply['cursor_end']]).to.deep.equal([code.length - 3, code.length]);
  });

  it('explains names in Markdown', async () => {
    await kernel().execute(
      '/** Doubles.\n * @param n a number */\nfunction twice(n: number): number { return 2 * n; }',
    );
    const reply = await kernel().request('inspect_request', {
      code: 'twice(3)',
      cursor_pos: 3,
      detail_level: 0,
    });
    expect(reply['found']).to.equal(true);
    const data = reply['data'] as Record<string, string>;
    expect(data['text/markdown']).to.equal(
      '```ts\nfunction twice(n: number): number\n```\n\nDoubles.\n\n*@param* n a number',
    );
    expect(data['text/plain']).to.contain('function twice(n: number): number');
    const nothing = await kernel().request('inspect_request', {
      code: '   ',
      cursor_pos: 1,
      detail_level: 0,
    });
    expect(nothing['found']).to.equal(false);
  });

  it('knows complete, incomplete and invalid code apart', async () => {
    const status = async (code: string): Promise<unknown> =>
      (await kernel().request('is_complete_request', { code }))['status'];
    for (const code of ['1', 'await (f())', 'for await (const x of y) {}', '`a ${b} c`', ''])
      expect(await status(code), code).to.equal('complete');
    for (const code of [
      'f(1,',
      'function f() {',
      '`open',
      '/* open',
      'const x =',
      '[1, 2',
      'class A {\n  m() {',
    ])
      expect(await status(code), code).to.equal('incomplete');
    for (const code of ['import = 7q', ')', 'const 5x = 1;', 'let a = 1;\n}'])
      expect(await status(code), code).to.equal('invalid');
    expect(await kernel().request('is_complete_request', { code: '  if (x) {' })).to.deep.equal({
      status: 'incomplete',
      indent: '    ',
    });
  });

  it('remembers what was run', async () => {
    await kernel().execute('"remember " + 1');
    const ask = async (content: Record<string, unknown>): Promise<unknown[][]> =>
      (await kernel().request('history_request', { output: false, raw: true, ...content }))[
        'history'
      ] as unknown[][];
    expect((await ask({ hist_access_type: 'tail', n: 1 }))[0]?.[2]).to.equal('"remember " + 1');
    const found = await ask({ hist_access_type: 'search', pattern: '"rem*1', n: 5 });
    expect(found).to.have.length(1);
    const line = Number(found[0]?.[1]);
    expect(await ask({ hist_access_type: 'range', session: 0, start: line, stop: line + 1 })).to.deep.equal([
      [0, line, '"remember " + 1'],
    ]);
  });

  it('answers while a cell waits, and the cell stays busy', async () => {
    const id = kernel().submit('await new Promise<void>((r) => { (globalThis as any).release = r; });');
    const started = (): boolean =>
      kernel().published.some(({ type, parentId }) => type === 'execute_input' && parentId === id);
    await kernel().until(started, 'the start of the cell');
    expect((await complete('Math.ma')).matches).to.deep.equal(['max']);
    const last = kernel().published.filter(({ type }) => type === 'status');
    await kernel().until(() => {
      const status = kernel().published.filter(({ type }) => type === 'status');
      return status.length >= last.length && status[status.length - 1]?.content['execution_state'] === 'busy';
    }, 'busy again');
    expect(kernel().isIdle(id)).to.equal(false);
    await kernel().request('interrupt_request', {}, 'control');
    await kernel().finished(id);
  });

  it('keeps books of comms and closes those to unknown targets', async () => {
    expect(await kernel().request('comm_info_request', {})).to.deep.equal({ status: 'ok', comms: {} });
    const id = kernel().send('comm_open', { comm_id: 'c1', target_name: 'unknown', data: {} });
    await kernel().until(
      () => kernel().published.some(({ type, parentId }) => type === 'comm_close' && parentId === id),
      'comm_close',
    );
  });

  it('describes itself', async () => {
    const info = await kernel().request('kernel_info_request', {});
    expect(info['status']).to.equal('ok');
    expect(info['protocol_version']).to.equal('5.4');
    expect(info['language_info']).to.include({ name: 'typescript', file_extension: '.ts' });
  });
});

import { expect } from 'chai';
import { resultOf, untilPrinted, useKernel } from '../support/kernel';
import type { Executed } from '../support/jupyterClient';

/** Loops that count in a global, by the way in which they wait. */
const loops: Readonly<Record<string, string>> = {
  'a synchronous loop': 'for (;;) TICK;',
  'a synchronous loop after an await': 'await null; while (true) TICK;',
  'a loop around a sleep': 'for (;;) { TICK; await new Promise((r) => setTimeout(r, 5)); }',
  'a loop around a sleep of node:timers/promises':
    "import { setTimeout as sleep } from 'node:timers/promises'; for (;;) { TICK; await sleep(5); }",
  'a loop of microtasks': 'for (;;) { TICK; await null; }',
  'an endless for await':
    'async function* endless() { for (;;) { yield 1; await null; } } for await (const _ of endless()) TICK;',
  'a loop that swallows every error': 'for (;;) { try { await null; for (;;) TICK; } catch {} }',
  'an interval': 'setInterval(() => TICK, 5); await new Promise(() => {});',
  'a chain of timers inside of a library function':
    'const again = (): void => { TICK; setImmediate(again); }; again(); await new Promise(() => {});',
  'a do loop inside of a callback': '[1].forEach(() => { do TICK; while (true); });',
};

describe('kernel interrupt', () => {
  const kernel = useKernel();

  async function stop(code: string): Promise<Executed> {
    const id = kernel().submit(code);
    await untilPrinted(kernel(), id, 'running');
    await kernel().request('interrupt_request', {}, 'control');
    return kernel().finished(id);
  }

  for (const [name, loop] of Object.entries(loops)) {
    it(`stops ${name}, keeps the variables, and nothing runs on`, async () => {
      const tick = 'globalThis.ticks++';
      const code = `
        var globals = globalThis as any; globals.ticks = 0;
        const kept = 'kept by ${name}'; console.log('running');
        ${loop.replace('TICK', tick.replace('globalThis', 'globals'))}`;
      const stopped = await stop(code);
      expect(stopped.reply['status']).to.equal('error');
      expect(stopped.reply['ename']).to.equal('KeyboardInterrupt');
      expect(resultOf(await kernel().execute('kept'))).to.equal(`'kept by ${name}'`);
      const at = resultOf(await kernel().execute('globals.ticks'));
      await kernel().execute('await new Promise((r) => setTimeout(r, 80))');
      expect(resultOf(await kernel().execute('globals.ticks'))).to.equal(at);
      expect(Number(at)).to.be.greaterThan(0);
    });
  }

  it('aborts the cells that wait behind the interrupted one', async () => {
    const running = kernel().submit("console.log('running'); for (;;) {}");
    const waiting = kernel().submit('"must not run"');
    await untilPrinted(kernel(), running, 'running');
    await kernel().request('interrupt_request', {}, 'control');
    await kernel().finished(running);
    expect((await kernel().finished(waiting)).reply['status']).to.equal('aborted');
  });

  it('lets code that listens to the signal end by itself and keeps what it made', async () => {
    const stopped = await stop(`
      import { currentSignal } from 'attention-lab/notebook';
      const signal = currentSignal()!; let steps = 0; console.log('running');
      while (!signal.aborted) { steps++; await new Promise((r) => setImmediate(r)); }
      const log = { steps, stopped: true };
    `);
    expect(stopped.reply['ename']).to.equal('KeyboardInterrupt');
    expect(resultOf(await kernel().execute('log.stopped && log.steps === steps'))).to.equal('true');
  });

  it('breaks off code that asks for the signal and then ignores it', async () => {
    const stopped = await stop(`
      import { currentSignal } from 'attention-lab/notebook';
      currentSignal(); console.log('running'); for (;;) await new Promise((r) => setTimeout(r, 1));
    `);
    expect(stopped.reply['ename']).to.equal('KeyboardInterrupt');
  });

  it('stops what finished cells left running when nothing else runs', async () => {
    await kernel().execute('var g = globalThis as any; g.beats = 0; setInterval(() => g.beats++, 2);');
    await kernel().execute('await new Promise((r) => setTimeout(r, 30))');
    expect(Number(resultOf(await kernel().execute('g.beats')))).to.be.greaterThan(0);
    await kernel().request('interrupt_request', {}, 'control');
    const at = resultOf(await kernel().execute('await new Promise((r) => setTimeout(r, 30)); g.beats'));
    expect(resultOf(await kernel().execute('await new Promise((r) => setTimeout(r, 30)); g.beats'))).to.equal(
      at,
    );
  });

  it('leaves the background work of other cells alone while a cell is stopped', async () => {
    await kernel().execute(
      'var h = globalThis as any; h.count = 0; h.timer = setInterval(() => h.count++, 2);',
    );
    await stop("console.log('running'); for (;;) await new Promise((r) => setTimeout(r, 1));");
    const at = Number(resultOf(await kernel().execute('h.count')));
    await kernel().execute('await new Promise((r) => setTimeout(r, 60))');
    expect(Number(resultOf(await kernel().execute('clearInterval(h.timer); h.count')))).to.be.greaterThan(at);
  });

  it('treats Ctrl-C like Stop', async () => {
    const id = kernel().submit(
      "console.log('running'); for (;;) await new Promise((r) => setTimeout(r, 1));",
    );
    await untilPrinted(kernel(), id, 'running');
    kernel().child.kill('SIGINT');
    expect((await kernel().finished(id)).reply['ename']).to.equal('KeyboardInterrupt');
    const busy = kernel().submit("console.log('running'); for (;;) {}");
    await untilPrinted(kernel(), busy, 'running');
    kernel().child.kill('SIGINT');
    expect((await kernel().finished(busy)).reply['ename']).to.equal('KeyboardInterrupt');
    expect((await kernel().execute('1')).reply['status']).to.equal('ok');
  });

  // only newer versions of Node can end code from outside
  if (Number(process.versions.node.split('.')[0]) >= 24)
    it('breaks off code that has no guards, again and again', async () => {
      for (const n of [1, 2, 3]) {
        const stopped = await stop(`const round = ${n}; console.log('running'); (0, eval)('for (;;) {}');`);
        expect(stopped.reply['ename']).to.equal('KeyboardInterrupt');
        expect(resultOf(await kernel().execute('round'))).to.equal(String(n));
      }
    });

  it('answers an interrupt when nothing runs, and the next cell is not hit', async () => {
    expect(await kernel().request('interrupt_request', {}, 'control')).to.deep.equal({ status: 'ok' });
    expect(resultOf(await kernel().execute('let n = 0; for (let i = 0; i < 1e5; i++) n++; n'))).to.equal(
      '100000',
    );
  });
});

import { expect } from 'chai';
import { resultOf, untilPrinted, useKernel } from '../support/kernel';

const vegalite = 'application/vnd.vegalite.v5+json';

describe('attention-lab/notebook under the kernel', () => {
  const kernel = useKernel();
  const imports = "import { livePlot, progress, display, memory, show } from 'attention-lab/notebook';\n";

  it('draws a live plot in one place, seldom, and ends with the last point and a PNG', async () => {
    const { outputs } = await kernel().execute(`${imports}
      const plot = livePlot({ x: 'step', y: ['loss', 'held out'], title: 'Loss' });
      for (let step = 1; step <= 10000; step++) plot.add({ step, loss: 1 / step, 'held out': step % 10 ? undefined : 2 / step });
    `);
    const ids = outputs.map(({ content }) => (content['transient'] as Record<string, unknown>)['display_id']);
    expect(new Set(ids).size).to.equal(1);
    expect(outputs[0]?.type).to.equal('display_data');
    const last = outputs[outputs.length - 1]?.content['data'] as Record<string, unknown>;
    expect(last['text/plain']).to.equal('Loss: loss 1.00e-4, held out 2.00e-4 at step 10000.');
    expect(last['image/png']).to.be.a('string');
    const spec = last[vegalite] as { data: { values: { x: number }[] } };
    expect(spec.data.values.some(({ x }) => x === 10000)).to.equal(true);
    // the output that a notebook keeps is the last one
    expect(JSON.stringify(last).length).to.be.lessThan(200_000);
    expect(outputs.length).to.be.lessThan(200);
  });

  it('shows the last state of a plot also when the cell is stopped', async () => {
    const id = kernel().submit(`${imports}
      const stoppedPlot = livePlot({ x: 'step', y: 'loss', title: 'Stopped' });
      let reached = 0; console.log('running');
      for (;;) { reached++; stoppedPlot.add({ step: reached, loss: reached }); await new Promise((r) => setTimeout(r, 2)); }
    `);
    await untilPrinted(kernel(), id, 'running');
    await new Promise((resolve) => setTimeout(resolve, 150));
    await kernel().request('interrupt_request', {}, 'control');
    await kernel().finished(id);
    const reached = Number(resultOf(await kernel().execute('reached')));
    const shown = kernel()
      .outputsOf(id)
      .outputs.map(({ content }) => (content['data'] as Record<string, string> | undefined)?.['text/plain']);
    expect(shown).to.include(`Stopped: loss ${reached} at step ${reached}.`);
  });

  it('counts progress to the end', async () => {
    const { outputs } = await kernel().execute(`${imports}
      for (const x of progress([1, 2, 3], 'batches')) void x;
      const bar = progress(4); bar.advance(); bar.advance(3); undefined
    `);
    const texts = outputs.map(({ content }) => (content['data'] as Record<string, string>)['text/plain']);
    expect(texts[0]).to.match(/^\[-{24}\] batches 0\/3/);
    expect(texts.some((text) => /^\[#{24}\] batches 3\/3/.test(String(text)))).to.equal(true);
    expect(texts[texts.length - 1]).to.match(/^\[#{24}\] 4\/4/);
  });

  it('finishes figures before the cell, also when nobody waits for them', async () => {
    const id = kernel().submit(`import { lossCurve } from '../src/plot'; ${imports}
      void show(lossCurve({ runs: [{ name: 'a', steps: [1, 2], losses: [2, 1] }] }));`);
    const { outputs } = await kernel().finished(id);
    expect(outputs.map(({ type }) => type)).to.deep.equal(['display_data']);
  });

  it("stops this library's fit without being told to, keeps the log, and takes no step afterwards", async function () {
    this.timeout(180_000);
    const prepared = await kernel().execute(`
      import { attentions, feedForwards, fit, initBackend, languageModel, norms, randomBytes } from 'attention-lab';
      await initBackend();
      const model = languageModel({ vocabulary: 256, width: 16, heads: 2, layers: 1, context: 16, attention: attentions.elita,
        feedForward: feedForwards.mlp, norm: norms.layerNorm, head: 'tied' }, 1);
      const data = randomBytes({ batch: 2, time: 16, seed: 1 });
      let steps = 0;`);
    expect(prepared.reply['status'], JSON.stringify(prepared.reply)).to.equal('ok');
    const id = kernel().submit(`const log = await fit(model, data, { steps: 1e6, learningRate: 1e-3,
      onStep: () => { steps++; if (steps === 3) console.log('running'); } });`);
    await untilPrinted(kernel(), id, 'running');
    await kernel().request('interrupt_request', {}, 'control');
    expect((await kernel().finished(id)).reply['ename']).to.equal('KeyboardInterrupt');
    const at = resultOf(await kernel().execute('steps'));
    await kernel().execute('await new Promise((r) => setTimeout(r, 300))');
    expect(resultOf(await kernel().execute('steps'))).to.equal(at);
    expect(resultOf(await kernel().execute('log.stopped'))).to.equal('true');
    const again = await kernel().execute(
      'const more = await fit(model, data, { steps: 2, learningRate: 1e-3 }); more.stopped',
    );
    expect(resultOf(again), JSON.stringify(again.reply)).to.equal('false');
  });
});

import { expect } from 'chai';
import { tracebackOf, useKernel } from '../support/kernel';

describe('kernel errors', () => {
  const kernel = useKernel();

  it('tells where in the TypeScript of which cell something was thrown', async () => {
    const defined = await kernel().execute(
      [
        'interface Shape { sides: number }',
        'enum Kind { Square }',
        'function area(shape: Shape | undefined): number {',
        '  return shape!.sides;',
        '}',
      ].join('\n'),
    );
    const first = String(defined.reply['execution_count']);
    const failed = await kernel().execute(
      'type T = string;\n\nasync function outer() {\n  await null;\n  return area(undefined);\n}\nawait outer();',
    );
    const second = String(failed.reply['execution_count']);
    expect(failed.reply['ename']).to.equal('TypeError');
    expect(tracebackOf(failed)).to.equal(
      [
        "TypeError: Cannot read properties of undefined (reading 'sides')",
        `    at area (In[${first}]:4:17)`,
        `    at outer (In[${second}]:5:10)`,
        `    at In[${second}]:7:1`,
        '',
        '  2 | enum Kind { Square }',
        '  3 | function area(shape: Shape | undefined): number {',
        '> 4 |   return shape!.sides;',
        '    |                 ^',
        '  5 | }',
      ].join('\n'),
    );
  });

  it("tells the line of a project's file", async () => {
    const failed = await kernel().execute(
      "import { expectInteger } from '../src/core/errors';\nexpectInteger(0.5, 'test', 'n');",
    );
    const trace = tracebackOf(failed);
    expect(trace).to.match(/^ConfigError: test: argument 'n' must be an integer >= 1, got 0\.5\n/);
    expect(trace).to.match(/at expectInteger \(\.\.\/src\/core\/errors\.ts:\d+:\d+\)/);
    expect(trace).to.match(/> \d+ \| +throw new ConfigError\(/);
    expect(trace).not.to.match(/node:internal|tslab|kernel-ext/);
  });

  it('points at type errors and does not run the cell', async () => {
    const failed = await kernel().execute('console.log("ran");\nconst n: number = "one";');
    const number = String(failed.reply['execution_count']);
    expect(failed.stdout).to.equal('');
    expect(tracebackOf(failed)).to.equal(
      [
        `TypeScriptError In[${number}]:2:7 - TS2322: Type 'string' is not assignable to type 'number'.`,
        '  1 | console.log("ran");',
        '> 2 | const n: number = "one";',
        '    |       ^',
      ].join('\n'),
    );
  });

  it('names causes and things thrown that are no errors', async () => {
    const caused = await kernel().execute('throw new Error("outer", { cause: new RangeError("inner") })');
    expect(tracebackOf(caused)).to.match(/^Error: outer\n[^]*Caused by:\nRangeError: inner\n/);
    const thrown = await kernel().execute('throw { code: 7 }');
    expect(thrown.reply['ename']).to.equal('Thrown object');
    expect(thrown.reply['evalue']).to.equal('{ code: 7 }');
  });

  it('shows errors of timers and forgotten promises under their cell, which fails', async () => {
    const timer = await kernel().execute(
      'setTimeout(() => { throw new Error("in a timer"); }, 5);\nawait new Promise((r) => setTimeout(r, 60));',
    );
    expect(timer.reply['status']).to.equal('error');
    expect(timer.outputs.filter(({ type }) => type === 'error')).to.have.length(1);
    const promise = await kernel().execute(
      'void (async () => { throw new Error("nobody waits"); })();\nawait new Promise((r) => setTimeout(r, 60));',
    );
    expect(promise.reply['evalue']).to.equal('nobody waits');
    const late = kernel().submit('setTimeout(() => { throw new Error("much later"); }, 30);');
    expect((await kernel().finished(late)).reply['status']).to.equal('ok');
    const arrived = (): boolean =>
      kernel()
        .outputsOf(late)
        .outputs.some(({ type }) => type === 'error');
    await kernel().until(arrived, 'the late error');
  });

  it('survives process.exit', async () => {
    const failed = await kernel().execute('process.exit(3)');
    expect(failed.reply['evalue']).to.contain('restart the kernel');
    expect((await kernel().execute('1')).reply['status']).to.equal('ok');
  });

  it('aborts the cells that were already waiting, and no later ones', async () => {
    const ids = ['throw new Error("stop")', '1', '2'].map((code) => kernel().submit(code));
    const [failed, ...waiting] = await Promise.all(ids.map((id) => kernel().finished(id)));
    expect(failed?.reply['status']).to.equal('error');
    for (const one of waiting) {
      expect(one.reply['status']).to.equal('aborted');
      expect(one.outputs).to.deep.equal([]);
    }
    expect((await kernel().execute('3')).reply['status']).to.equal('ok');
    const kept = ['throw 1', '4'].map((code) => kernel().submit(code, { stop_on_error: false }));
    expect((await kernel().finished(String(kept[1]))).reply['status']).to.equal('ok');
  });
});

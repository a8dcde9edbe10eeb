import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultOf, tracebackOf, useKernel } from '../support/kernel';

describe('kernel language', () => {
  const kernel = useKernel();
  const run = async (code: string): Promise<string | undefined> => {
    const executed = await kernel().execute(code);
    return executed.reply['status'] === 'ok' ? resultOf(executed) : tracebackOf(executed);
  };

  it('waits at the top level in every form', async () => {
    expect(await run('const a = await (Promise.resolve(1)); a')).to.equal('1');
    expect(await run('[await 1, await (2 as any), (await (async () => 3)())]')).to.equal('[ 1, 2, 3 ]');
    expect(
      await run(
        'async function* two() { yield 1; yield 2; }\nlet sum = 0;\nfor await (const x of two()) sum += x;\nsum',
      ),
    ).to.equal('3');
    expect(await run('const later = async () => await (Promise.resolve(4)); typeof later')).to.equal(
      "'function'",
    );
    expect(
      await run(
        '{ using gone = { [Symbol.dispose]() { (globalThis as any).gone = 5; } }; }\n(globalThis as any).gone',
      ),
    ).to.equal('5');
  });

  it('reads newer syntax: satisfies, using, enums, namespaces, private fields, decorators', async () => {
    expect(await run('const s = { a: 1 } satisfies Record<string, number>; s.a')).to.equal('1');
    expect(
      await run(
        'class P { #x = 2; static made = 0; static { P.made = 3; } get x() { return this.#x; } } new P().x',
      ),
    ).to.equal('2');
    expect(await run('enum E { A = 5 }\nnamespace N { export const b = E.A + 1; }\nN.b')).to.equal('6');
    expect(await run('[3, 1, 2].toSorted()')).to.equal('[ 1, 2, 3 ]');
  });

  it('imports from above the notebook, by the package name and its sub-path, and from node', async () => {
    expect(await run("import { ShapeError } from '../src/core/errors'; new ShapeError('x').name")).to.equal(
      "'ShapeError'",
    );
    expect(await run("import { dims } from '../src/core/shape.js'; typeof dims")).to.equal("'function'");
    expect(await run("import { lossCurve } from '../src/plot'; typeof lossCurve")).to.equal("'function'");
    expect(await run("import * as lab from 'attention-lab'; typeof lab.initBackend")).to.equal("'function'");
    expect(await run("import { display } from 'attention-lab/notebook'; typeof display")).to.equal(
      "'function'",
    );
    expect(await run("import pack from '../package.json'; pack.name")).to.equal("'attention-lab'");
    expect(await run("import { join } from 'node:path'; join('a', 'b')")).to.equal("'a/b'");
    expect(await run("const p = await import('node:path'); p.basename('a/b')")).to.equal("'b'");
    expect(await run("import { nothing } from './absent'; nothing")).to.contain(
      "Cannot find module './absent'",
    );
  });

  it('lets a later cell change what functions of an earlier one see', async () => {
    await run(
      'let counter = 0;\nfunction inc() { return ++counter; }\nconst rate = 0.1;\nconst step = () => rate;',
    );
    expect(await run('counter = 100; inc()')).to.equal('101');
    expect(await run('counter += 10; counter++; inc()')).to.equal('113');
    expect(await run('[counter] = [20]; inc()')).to.equal('21');
    expect(await run('({ counter } = { counter: 30 }); inc()')).to.equal('31');
    expect(await run('for (counter of [40]); inc()')).to.equal('41');
    expect(await run('let counter = 5; inc(); counter')).to.equal('6');
    expect(
      await run(
        'let counter = 0; for (let i = 0; i < 3; i++) { counter += 2; inc(); } ({ counter, next: inc() })',
      ),
    ).to.equal('{ counter: 9, next: 10 }');
    expect(await run('const rate = 0.2; step()')).to.equal('0.2');
    expect(await run('const { r: rate } = { r: 0.3 }; step()')).to.equal('0.3');
  });

  it('compares and calculates with a variable that an earlier function uses', async () => {
    await run('let count = 0; const readCount = () => count;');
    expect(await run('count < 3')).to.equal('true');
    expect(await run('count + 1')).to.equal('1');
    expect(await run('for (; count < 3; readCount()) count += 1;\n[count, readCount()]')).to.equal(
      '[ 3, 3 ]',
    );
    expect(await run('count ||= 7; count ** 2 === 9 && readCount() === 3')).to.equal('true');
  });

  it('redefines functions and classes for earlier callers, and keeps shadowed names apart', async () => {
    await run('function inner() { return 1; }\nfunction outer() { return inner(); }');
    expect(await run('function inner() { return 2; }\nouter()')).to.equal('2');
    await run('class Box { static size = 1; static twice = Box.size * 2; }\nconst make = () => new Box();');
    expect(
      await run(
        'class Box { static size = 4; static twice = Box.size * 2; }\n[Box.twice, make() instanceof Box]',
      ),
    ).to.equal('[ 8, true ]');
    expect(await run('const inner = 7; ((inner: number) => ({ inner }))(8)')).to.equal('{ inner: 8 }');
    expect(await run("import { join as inner } from 'node:path'; outer.name + typeof inner")).to.equal(
      "'outerfunction'",
    );
    expect(await run('const inner = 9; ({ inner })')).to.equal('{ inner: 9 }');
  });

  it('keeps names and plain stores of variables that no function uses', async () => {
    expect(await run('let sum = 0; for (let i = 0; i < 10; i++) sum += i; sum')).to.equal('45');
    expect(await run('const named = () => 1; named.name')).to.equal("'named'");
    expect(await run('let empty; empty')).to.equal(undefined);
    expect(await run('empty === undefined && sum')).to.equal('45');
  });

  it('keeps what a failed cell had declared and assigned', async () => {
    await run(
      'const reached: number = 7;\nfunction helper() { return reached; }\nthrow new Error("half way");\nconst missed = 1;',
    );
    expect(await run('helper()')).to.equal('7');
    expect(await run('missed')).to.contain("Cannot find name 'missed'");
    await run('let stays = 1;');
    await run('throw 1; let stays = 2;');
    expect(await run('stays')).to.equal('1');
  });

  it('knows the package in a folder that has no node_modules', async function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), 'attention-lab-far-'));
    try {
      writeFileSync(join(folder, 'local.ts'), 'export const local: number = 6;\n');
      const { JupyterClient } = await import('../support/jupyterClient.js');
      const far = await JupyterClient.start({ folder });
      try {
        const code =
          "import { ShapeError } from 'attention-lab';\nimport { local } from './local';\nconsole.log(local);\nnew ShapeError('x').name";
        const executed = await far.finished(far.submit(code), 100);
        expect(tracebackOf(executed)).to.contain('no error');
        expect(resultOf(executed)).to.equal("'ShapeError'");
        expect(executed.stdout).to.equal('6\n');
      } finally {
        await far.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

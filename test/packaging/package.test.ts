import { expect } from 'chai';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packAndInstall, run } from './support';
import type { Installed } from './support';
import { complaints } from './typeCheck';

describe('the package, installed elsewhere from its tarball', function () {
  this.timeout(300_000);
  let installed: Installed;
  let names: string[];

  before(async () => {
    installed = await packAndInstall();
    const list = "console.log(JSON.stringify(Object.keys(require('attention-lab'))))";
    names = JSON.parse(await run(process.execPath, ['-e', list], installed.folder)) as string[];
  });

  after(() => rm(installed.folder, { recursive: true, force: true }));

  it('holds what users need and nothing else', () => {
    const files = installed.packed.files.map((file) => file.path);
    expect(files).to.include.members([
      'package.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/cli.js',
      'dist/kernel-ext/notebook.js',
      'dist/kernel-ext/notebook.d.ts',
      'dist/kernel-ext/kernel/main.js',
      'kernel-ext/share/jupyter/kernels/attention-lab/kernel.json',
      'scripts/native.mjs',
    ]);
    expect(
      files.some((file) => /^kernel-ext\/share\/jupyter\/labextensions\/.+\/package\.json$/.test(file)),
    ).to.equal(true);
    const useless = /\.map$|\.test\.|(?:^|\/)(?:test|bench|node_modules|\.cache|\.venv)\/|\.partial|tsconfig/;
    expect(files.filter((file) => useless.test(file))).to.deep.equal([]);
    const sources = /^(?:src|kernel-ext\/(?!share\/)|scripts\/(?!native|lib)).*/;
    expect(files.filter((file) => sources.test(file))).to.deep.equal([]);
    expect(installed.packed.unpackedSize).to.be.lessThan(20e6);
  });

  it('gives Node CommonJS a working library', async () => {
    const code = `
      const { initBackend, tf } = require('attention-lab');
      initBackend().then(({ name }) => console.log(name, tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()[0]));
    `;
    expect(await run(process.execPath, ['-e', code], installed.folder)).to.equal('wasm 3');
  });

  it('gives Node ESM every export by name', async () => {
    const file = path.join(installed.folder, 'names.mjs');
    await writeFile(
      file,
      `import { ${names.join(', ')} } from 'attention-lab';\nconsole.log(typeof ${names[0]});\n`,
    );
    expect(await run(process.execPath, [file], installed.folder)).to.not.equal('undefined');
    const notebook = "import * as n from 'attention-lab/notebook'; console.log(Object.keys(n).join())";
    const inEsm = (
      await run(process.execPath, ['--input-type=module', '-e', notebook], installed.folder)
    ).split(',');
    expect(inEsm).to.include.members(['display', 'show']);
  });

  it('keeps its inner files to itself', async () => {
    const deep = "require('attention-lab/dist/src/core/tf.js')";
    const failure = await run(process.execPath, ['-e', deep], installed.folder).catch(String);
    expect(failure).to.include('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('works in a cell of plain tslab, types included', async () => {
    const script = path.join(installed.folder, 'cell.cjs');
    await copyFile(path.join(__dirname, 'consumer', 'cell.cjs'), script);
    const [printed, verdict = ''] = (await run(process.execPath, [script], installed.folder)).split('\n');
    expect(printed).to.equal('6');
    expect(JSON.parse(verdict)).to.deep.equal({ first: true, second: true, errors: [], wrongType: false });
  });

  it('is fully typed, strict, for TypeScript 5.0 as tslab uses it', async () => {
    const file = path.join(installed.folder, 'types.ts');
    await copyFile(path.join(__dirname, 'consumer', 'types.ts'), file);
    expect(complaints('@tslab/typescript-for-tslab', [file], 'Node10')).to.deep.equal([]);
  });

  it('is fully typed, strict, for our own TypeScript; an export that loses its type is named', async () => {
    const text = await readFile(path.join(__dirname, 'consumer', 'types.ts'), 'utf8');
    const [file, lost] = ['types.ts', 'lost.ts'].map((name) => path.join(installed.folder, name)) as [
      string,
      string,
    ];
    await writeFile(file, text);
    const faulty = "const module = { good: 1, bad: JSON.parse('1'), worse: () => JSON.parse('1') };";
    await writeFile(lost, `${text}\n${faulty}\nexport const found: Lost<typeof module> = {};\n`);
    const found = complaints('typescript', [file, lost], 'Node16');
    expect(found).to.have.length(1);
    expect(found[0]).to.match(/^lost\.ts:.*: bad, worse$/);
  });

  it('runs its command', async () => {
    const command = path.join(installed.folder, 'node_modules', '.bin', 'attention-lab');
    expect(await run(command, ['--help'], installed.folder)).to.match(/train[\s\S]*probe[\s\S]*doctor/);
    const findings = JSON.parse(await run(command, ['doctor', '--json'], installed.folder)) as {
      check: string;
      ok: boolean;
      cure?: string;
    }[];
    const [node, backend, native] = findings;
    expect(node).to.include({ check: 'Node', ok: true });
    expect(backend).to.include({ check: 'backend', ok: true });
    expect(native).to.include({ check: 'native library', ok: false });
    for (const { ok, cure } of findings) expect(cure === undefined).to.equal(ok);
  });

  it('says how to get the native backend where tfjs-node is not installed', async () => {
    const script = path.join('node_modules', 'attention-lab', 'scripts', 'native.mjs');
    const failure = await run(process.execPath, [script, '--check'], installed.folder).catch(String);
    expect(failure).to.include('npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0');
  });

  it('finds its kernel from the kernelspec as it is shipped', async () => {
    const folder = path.join(
      installed.folder,
      'node_modules/attention-lab/kernel-ext/share/jupyter/kernels/attention-lab',
    );
    const { argv } = JSON.parse(await readFile(path.join(folder, 'kernel.json'), 'utf8')) as {
      argv: string[];
    };
    const main = argv.find((part) => part.includes('{resource_dir}'))?.replace('{resource_dir}', folder);
    expect(main && path.resolve(main)).to.equal(
      path.join(installed.folder, 'node_modules/attention-lab/dist/kernel-ext/kernel/main.js'),
    );
    await readFile(String(main));
  });
});

import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../support/sources';

interface Cell {
  readonly code: string;
  readonly tags?: readonly string[];
}

interface StoredCell {
  readonly metadata: object;
  readonly outputs: readonly { readonly text?: string | string[] }[];
}

interface Stored {
  readonly cells: readonly StoredCell[];
  readonly metadata: object;
}

const python = path.join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

function run(program: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout: stdout + stderr }),
    );
  });
}

describe('the runner of notebooks', function () {
  this.timeout(300_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'attention-lab-notebooks-'));
    const { code, stdout } = await run(process.execPath, ['scripts/setup.mjs']);
    expect(code, stdout).to.equal(0);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function notebook(name: string, cells: readonly Cell[]): Promise<string> {
    const file = path.join(folder, `${name}.ipynb`);
    const json = {
      cells: cells.map(({ code, tags }, i) => ({
        cell_type: 'code',
        id: `cell-${i}`,
        execution_count: null,
        metadata: { ...(tags && { tags }), collapsed: true },
        outputs: [],
        source: code,
      })),
      metadata: {
        kernelspec: { name: 'attention-lab', display_name: 'TypeScript', language: 'typescript' },
        author: 'x',
      },
      nbformat: 4,
      nbformat_minor: 5,
    };
    await writeFile(file, JSON.stringify(json));
    return file;
  }

  it('stores what is right and nothing of errors, stderr and errors that come too late', async () => {
    const verdicts = path.join(folder, 'verdicts.json');
    const files = [
      await notebook('right', [
        { code: 'const x: number = 6;', tags: ['kept'] },
        { code: 'console.log(7 * x);' },
        { code: "console.error('said so');", tags: ['allow-stderr'] },
        { code: "throw new Error('shown on purpose');", tags: ['raises-exception'] },
      ]),
      await notebook('stderr', [{ code: "console.error('psst');" }]),
      await notebook('error', [{ code: "console.log('half'); throw new Error('boom');" }]),
      await notebook('late', [{ code: "void setTimeout(() => { throw new Error('too late'); }, 20);" }]),
    ] as const;
    const before = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const { code, stdout } = await run(python, [
      'scripts/run_notebooks.py',
      '--write',
      '--verdicts',
      verdicts,
      ...files,
    ]);
    const lines = stdout.split('\n').filter((line) => /^ {2}[✓✗]/.test(line));
    expect(
      lines.map((line) => line.trim().replace(/\.ipynb.*/, '')),
      stdout,
    ).to.deep.equal(['✓ right', '✗ stderr', '✗ error', '✗ late']);
    expect(stdout).to.include('stderr: psst').and.include('boom').and.include('too late');
    expect(code).to.equal(1);
    expect(JSON.parse(await readFile(verdicts, 'utf8'))).to.deep.equal({ passed: 1, failed: 3 });

    const after = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    expect(after.slice(1)).to.deep.equal(before.slice(1));
    // no trace of when and where
    const stored = JSON.parse(after[0] ?? '') as Stored;
    expect(stored.cells.map(({ metadata }) => metadata)).to.deep.equal([
      { tags: ['kept'] },
      {},
      { tags: ['allow-stderr'] },
      { tags: ['raises-exception'] },
    ]);
    expect([stored.cells[1]?.outputs[0]?.text].flat().join('')).to.equal('42\n');
    expect(stored.metadata).to.have.all.keys('kernelspec', 'language_info');
  });
});

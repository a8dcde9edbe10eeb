import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../support/sources';
import { load } from './load';

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Runs a script of the project with another environment. */
function script(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: { ...process.env, ...env } }, (error, _, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr: stderr.trim() }),
    );
  });
}

const sentence = /^✗ [^\n]+\.$/;

describe('what a machine lacks', () => {
  let folder: string;
  let server: Server;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'attention-lab-checks-'));
    await symlink(process.execPath, path.join(folder, 'node'));
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const fakePython = async (text: string): Promise<void> => {
    await writeFile(path.join(folder, 'python3'), `#!/bin/sh\n${text}\n`);
    await chmod(path.join(folder, 'python3'), 0o755);
  };
  const findPython = [
    '--input-type=module',
    '-e',
    `const { main } = await import('./scripts/lib/console.mjs');
     const { findPython, mustMakeVenvs } = await import('./scripts/lib/python.mjs');
     await main(async () => { await mustMakeVenvs(await findPython()); });`,
  ];

  for (const version of ['14.21.3', '18.20.8', '20.18.1']) {
    it(`Node ${version} is told which Node to install, in one sentence`, async () => {
      const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });
        const { checkNode } = await import('./scripts/lib/checkNode.mjs'); checkNode();`;
      const { code, stderr } = await script(['--input-type=module', '-e', pretend]);
      expect(code).to.equal(1);
      expect(stderr).to.match(sentence).and.include(version).and.include('20.19');
    });
  }

  it('every script asks for the right Node before it reads anything newer', async () => {
    const { readdir, readFile } = await import('node:fs/promises');
    const names = (await readdir(path.join(root, 'scripts'))).filter((name) => name.endsWith('.mjs'));
    expect(names).to.include.members(['start.mjs', 'test.mjs', 'native.mjs', 'notebooks.mjs', 'run.mjs']);
    for (const name of names) {
      const text = await readFile(path.join(root, 'scripts', name), 'utf8');
      const imports = [...text.matchAll(/^import .*$/gm)].map(([line]) => line);
      expect(imports, name).to.deep.equal(["import { checkNode } from './lib/checkNode.mjs';"]);
      expect(text, name).to.match(/^checkNode\(\);$/m);
    }
  });

  it('no Python: one sentence that names the package to install', async () => {
    const { code, stderr } = await script(findPython, {
      PATH: path.join(folder, 'nowhere'),
      ATTENTION_LAB_PYTHON: '',
    });
    expect(code).to.equal(1);
    expect(stderr).to.match(sentence).and.include('There is no Python');
  });

  it('a Python that ATTENTION_LAB_PYTHON names and that does not run', async () => {
    const { stderr } = await script(findPython, { ATTENTION_LAB_PYTHON: path.join(folder, 'none') });
    expect(stderr).to.match(sentence).and.include(path.join(folder, 'none'));
  });

  it('an old Python: one sentence with its version', async () => {
    await fakePython('echo 3 8 10');
    const { code, stderr } = await script(findPython, { PATH: folder, ATTENTION_LAB_PYTHON: '' });
    expect(code).to.equal(1);
    expect(stderr).to.match(sentence).and.include('3.8.10').and.include('3.10 or newer');
  });

  it('a Python without venv: one sentence with the name of its package', async () => {
    await fakePython('case "$2" in *ensurepip*) exit 1;; *) echo 3 11 2;; esac');
    const { code, stderr } = await script(findPython, { PATH: folder, ATTENTION_LAB_PYTHON: '' });
    expect(code).to.equal(1);
    expect(stderr).to.match(sentence).and.include('python3.11-venv');
  });

  it('a port that is taken or no port, before anything is installed', async () => {
    const { port } = server.address() as AddressInfo;
    for (const args of [['--port', String(port)], [`--port=${port}`], [`--ServerApp.port=${port}`]]) {
      const { code, stderr } = await script(['scripts/start.mjs', '--no-browser', ...args]);
      expect(code).to.equal(1);
      expect(stderr).to.match(sentence).and.include(`Port ${port} is taken`);
    }
    const { stderr } = await script(['scripts/start.mjs', '--port', 'banana']);
    expect(stderr).to.match(sentence);
  });

  it('a full disk', async () => {
    const { mustHaveSpace } = await load<{ mustHaveSpace(gigabytes: number): void }>('lib/checks.mjs');
    expect(() => mustHaveSpace(0)).not.to.throw();
    expect(() => mustHaveSpace(1e9)).to.throw(
      /^The disk is nearly full: [\d.]+ GB are free and this step needs 1000000000 GB/,
    );
  });

  it('what npm and pip print on a machine without network, space or rights becomes one sentence', async () => {
    const { diagnose } = await load<{ diagnose(tool: string, output: string): string | undefined }>(
      'lib/diagnose.mjs',
    );
    expect(diagnose('npm', 'npm error code ENOTFOUND\nnpm error network request to x failed')).to.include(
      'npm cannot reach',
    );
    expect(diagnose('pip', "NewConnectionError('<pip...>: Failed to establish a new connection")).to.include(
      'pip cannot reach',
    );
    expect(diagnose('npm', 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device')).to.include(
      'disk is full',
    );
    expect(diagnose('pip', 'OSError: [Errno 28] No space left on device')).to.include('disk is full');
    expect(diagnose('npm', 'npm error code EACCES')).to.include('may not be written');
    expect(
      diagnose(
        'pip',
        'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE'.toLowerCase(),
      ),
    ).to.include('pinned');
    expect(diagnose('npm', 'npm error code ERESOLVE')).to.equal(undefined);
  });
});

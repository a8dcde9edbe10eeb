import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, readPlace, uninstall } from '../../kernel-ext/install';
import { ensureKernelIsBuilt, kernelMain, root } from '../support/builtKernel';
import { JupyterClient } from '../support/jupyterClient';

describe('kernel life', function () {
  this.timeout(180_000);
  before(() => ensureKernelIsBuilt());

  it('answers kernel_info before its compiler is warm, and beats', async () => {
    const kernel = await JupyterClient.start();
    try {
      const id = kernel.submit('1 + 1');
      // start() has already had its answer; the cell has to wait for the compiler
      expect(kernel.outputsOf(id).outputs).to.deep.equal([]);
      await kernel.heartbeat.send('beat');
      expect((await kernel.heartbeat.receive()).toString()).to.equal('beat');
      expect((await kernel.finished(id, 100)).reply['status']).to.equal('ok');
    } finally {
      expect(await kernel.stop()).to.equal(0);
    }
  });

  it('ends on request while a timer runs, and while a loop keeps it busy', async () => {
    for (const code of ['setInterval(() => {}, 1000)', "console.log('running'); for (;;) {}"]) {
      const kernel = await JupyterClient.start();
      await kernel.finished(kernel.submit('0'), 100);
      const id = kernel.submit(code);
      await kernel.until(() => kernel.isIdle(id) || kernel.outputsOf(id).stdout !== '', 'the cell');
      await kernel.stop();
      expect(isAlive(kernel.child.pid)).to.equal(false);
    }
  });

  it('ends when the process that started it has died', async () => {
    const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const kernel = await JupyterClient.start({ environment: { JPY_PARENT_PID: String(parent.pid) } });
    const gone = kernel.ended();
    parent.kill('SIGKILL');
    await gone;
    expect(isAlive(kernel.child.pid)).to.equal(false);
    kernel.close();
  });

  it('ignores messages that are not signed with its key', async () => {
    const kernel = await JupyterClient.start();
    try {
      await kernel.shell.send([
        '<IDS|MSG>',
        'not the signature',
        '{"msg_type":"shutdown_request"}',
        '{}',
        '{}',
        '{}',
      ]);
      expect((await kernel.finished(kernel.submit('1'), 100)).reply['status']).to.equal('ok');
    } finally {
      await kernel.stop();
    }
  });

  it('says what is wrong with a connection file', () => {
    const { status, stderr } = spawnSync(process.execPath, [kernelMain, '/absent.json'], {
      encoding: 'utf8',
    });
    expect(status).to.equal(1);
    expect(stderr).to.contain("'/absent.json' is not a readable connection file");
  });

  it('is installed with full paths and taken back', () => {
    const prefix = mkdtempSync(join(tmpdir(), 'attention-lab-prefix-'));
    try {
      const folder = join(prefix, 'share', 'jupyter', 'kernels', 'attention-lab');
      expect(install({ prefix })).to.include(folder);
      const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as Record<string, unknown>;
      const argv = spec['argv'] as string[];
      expect(argv[0]).to.equal(process.execPath);
      expect(argv).to.include(join(root, 'dist', 'kernel-ext', 'kernel', 'main.js'));
      expect(spec['interrupt_mode']).to.equal('message');
      expect(existsSync(join(folder, 'logo-64x64.png'))).to.equal(true);
      expect(uninstall({ prefix })).to.include(folder);
      expect(existsSync(folder)).to.equal(false);
    } finally {
      rmSync(prefix, { recursive: true, force: true });
    }
  });

  it('reads where to install', () => {
    expect(readPlace(['--user'])).to.equal('user');
    expect(readPlace(['--sys-prefix'])).to.equal('sys-prefix');
    expect(readPlace(['--prefix', '/x'])).to.deep.equal({ prefix: '/x' });
    expect(() => readPlace(['--global'])).to.throw('--user, --sys-prefix or --prefix DIR');
  });
});

function isAlive(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}

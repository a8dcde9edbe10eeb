import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';

// what the functions below see when they run inside the page; the tests themselves have no DOM
declare const window: { readonly jupyterapp: LabApplication };
declare const document: {
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string | null }>;
};

const root = resolve(__dirname, '..', '..');
const share = join(root, 'kernel-ext', 'share', 'jupyter');

/** A JupyterLab that runs. */
export interface Lab {
  readonly url: string;
  /** The folder it shows. */
  readonly folder: string;
  /** What the server has printed so far. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/**
 * Starts the project's JupyterLab on a free port, without token, with settings of its own and with our kernel and
 * renderer taken from the working tree. `ATTENTION_LAB_JUPYTER` names another `jupyter-lab`.
 */
export async function startLab(options: { folder: string; environment?: NodeJS.ProcessEnv }): Promise<Lab> {
  const program = process.env['ATTENTION_LAB_JUPYTER'] ?? join(root, '.venv', 'bin', 'jupyter-lab');
  if (!existsSync(program)) throw new Error(`startLab: there is no ${program}; \`npm start\` makes it`);
  const home = await mkdtemp(join(tmpdir(), 'attention-lab-browser-'));
  await writeSettings(join(home, 'settings'));
  const port = await freePort();
  const server = spawn(
    program,
    [
      ...['--no-browser', '--allow-root', '--expose-app-in-browser', `--ServerApp.port=${port}`],
      ...['--ServerApp.port_retries=0', '--IdentityProvider.token=', '--LabApp.extension_manager=readonly'],
      ...[`--ServerApp.root_dir=${options.folder}`, `--LabApp.user_settings_dir=${join(home, 'settings')}`],
      ...[`--LabApp.workspaces_dir=${join(home, 'workspaces')}`],
    ],
    {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // a group of its own, so that its kernels end with it
      detached: true,
      env: {
        ...process.env,
        JUPYTER_PATH: [share, process.env['JUPYTER_PATH']].filter(Boolean).join(delimiter),
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data'),
        JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
        ...options.environment,
      },
    },
  );
  let told = '';
  server.stdout.on('data', (chunk) => (told += chunk));
  server.stderr.on('data', (chunk) => (told += chunk));
  const lab: Lab = {
    url: `http://localhost:${port}`,
    folder: options.folder,
    log: () => told,
    stop: async () => {
      await end(server);
      await rm(home, { recursive: true, force: true });
    },
  };
  try {
    await until(`JupyterLab answers; it said: ${told}`, 120_000, async () => {
      if (server.exitCode !== null) throw new Error(`startLab: JupyterLab ended at once: ${told}`);
      return (await fetch(`${lab.url}/api`).catch(() => undefined))?.ok ?? false;
    });
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** A browser with an empty profile. `close()` ends it. */
export async function startBrowser(): Promise<BrowserContext> {
  const profile = await mkdtemp(join(tmpdir(), 'attention-lab-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['ATTENTION_LAB_CHROMIUM'] ?? '/usr/bin/chromium',
    viewport: { width: 1280, height: 1000 },
    args: [
      ...[
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
      ],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
  context.on('close', () => void rm(profile, { recursive: true, force: true }).catch(() => {}));
  return context;
}

/** What a page reported: uncaught errors and requests that left this machine. */
export interface Watch {
  readonly errors: string[];
  readonly foreign: string[];
}

/** Watches a page from now on. */
export function watch(page: Page): Watch {
  const seen: Watch = { errors: [], foreign: [] };
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== 'localhost') seen.foreign.push(request.url());
  });
  return seen;
}

/** Opens `name` (relative to the lab's folder) and waits until its cells stand there. */
export async function openNotebook(page: Page, lab: Lab, name: string): Promise<void> {
  await page.goto(`${lab.url}/lab/tree/${name}?reset`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell', {
    timeout: 120_000,
  });
}

/** Answers JupyterLab's question for a kernel with "No Kernel": saved outputs need none. */
export async function withoutKernel(page: Page): Promise<void> {
  await page.locator('.jp-Dialog button', { hasText: 'No Kernel' }).click({ timeout: 60_000 });
}

/** Runs a JupyterLab command, such as `notebook:run-all-cells`. */
export async function command(page: Page, name: string, args: Record<string, unknown> = {}): Promise<void> {
  await page.evaluate(
    async ([id, given]) => {
      await window.jupyterapp.commands.execute(id, given);
    },
    [name, args] as const,
  );
}

/** Starts all cells of the open notebook, once its kernel is there; does not wait for them. */
export async function runAll(page: Page): Promise<void> {
  await waitIdle(page, 60_000);
  // the command ends with the last cell, which is not what a live figure should be waited for
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('notebook:run-all-cells', {});
  });
}

/** Waits until the kernel is idle and no cell waits for its turn. */
export async function waitIdle(page: Page, timeout = 120_000): Promise<void> {
  await page.waitForFunction(
    () =>
      window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle' &&
      ![...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-InputPrompt')].some(
        (prompt) => prompt.textContent?.includes('[*]'),
      ),
    undefined,
    { timeout, polling: 200 },
  );
}

/** A picture of cell `index`, or of the whole window, written to `path`. */
export async function screenshot(page: Page, path: string, index?: number): Promise<void> {
  if (index === undefined) await page.screenshot({ path });
  else await page.locator('.jp-Notebook .jp-Cell').nth(index).screenshot({ path });
}

/** The part of JupyterLab's application object that is used here (`--expose-app-in-browser`). */
interface LabApplication {
  readonly commands: { execute(id: string, args: unknown): Promise<unknown> };
  readonly shell: {
    readonly currentWidget?: {
      readonly sessionContext?: { session?: { kernel?: { status: string } | null } | null };
    };
  };
}

async function writeSettings(folder: string): Promise<void> {
  const settings = {
    // every cell drawn, also those out of sight
    'notebook-extension/tracker': { windowingMode: 'none' },
    'apputils-extension/notification': { fetchNews: 'false', checkForUpdates: false, doNotDisturbMode: true },
  };
  for (const [name, value] of Object.entries(settings)) {
    const file = join(folder, '@jupyterlab', `${name}.jupyterlab-settings`);
    await mkdir(resolve(file, '..'), { recursive: true });
    await writeFile(file, JSON.stringify(value));
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, 'localhost', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });
}

async function until(what: string, timeout: number, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeout / 1000} s in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 150));
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = new Promise((done) => server.once('exit', done));
  process.kill(-server.pid, 'SIGTERM');
  const impatient = setTimeout(() => process.kill(-(server.pid as number), 'SIGKILL'), 8_000);
  await ended;
  clearTimeout(impatient);
}

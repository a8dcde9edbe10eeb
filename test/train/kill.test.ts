import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Random } from '../../src/core/random';
import { loadCheckpoint } from '../../src/train/checkpointFolder';
import { fit } from '../../src/train/fit';
import { readRunLog } from '../../src/train/runLog';
import { killedRun } from './killedRun';
import { temporaryFolder, tinyData, tinyModel } from './tiny';

const KILLS = 20;

/**
 * Starts the run in `directory` and, `delay` milliseconds after it reported its `steps`-th step of this life, kills it
 * with SIGKILL; with `steps` = Infinity it may end by itself. Gives the signal it died of.
 */
function live(
  program: string,
  directory: string,
  steps: number,
  delay: number,
): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: path.resolve('node_modules') },
  });
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    const before = seen;
    seen += chunk.toString().split('\n').length - 1;
    if (before < steps && seen >= steps) setTimeout(() => child.kill('SIGKILL'), delay);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal));
  });
}

describe('train: killed at any moment', function () {
  this.timeout(300_000);

  it(`loads after each of ${KILLS} kills and ends, to the bit, where one uninterrupted run ends`, async () => {
    const folder = temporaryFolder();
    const random = new Random(20);
    // one file, so that each of the lives starts in a fraction of the time that compiling every module would take
    const program = folder.at('killed.cjs');
    buildSync({
      entryPoints: [path.join(__dirname, 'killed.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      packages: 'external',
    });
    const [killed, whole] = [folder.at('killed'), folder.at('whole')];
    let step = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const signal = await live(program, killed, random.integer(1, 12), 8 * random.uniform());
      expect(signal, `life ${kill} must not reach the end`).to.equal('SIGKILL');
      const now = loadCheckpoint(killed)?.checkpoint.step ?? 0;
      expect(now, `step after kill ${kill}`).to.be.above(step);
      step = now;
    }
    expect(await live(program, killed, Infinity, 0)).to.equal(null);

    const model = tinyModel(7, 3, 11);
    const { records } = await fit(model, tinyData(), killedRun(whole));
    model.dispose();
    for (const name of ['latest.ckpt', 'previous.ckpt']) {
      const [a, b] = [killed, whole].map((directory) => fs.readFileSync(path.join(directory, name)));
      expect((a as Buffer).equals(b as Buffer), name).to.equal(true);
    }
    const losses = readRunLog(path.join(killed, 'log.jsonl')).records.map(({ loss }) => loss);
    expect(losses).to.deep.equal(records.map(({ loss }) => loss));
    folder.remove();
  });
});

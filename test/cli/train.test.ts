import { expect } from 'chai';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { readRunLog } from '../../src/train/runLog';
import { temporaryFolder } from '../train/tiny';
import { cli } from './run';

const text = 'It is not down in any map; true places never are. '.repeat(40);

describe('cli train', function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  after(() => folder.remove());

  const runFile = (name: string, training: object = {}, model: object = {}): string => {
    fs.writeFileSync(folder.at('text.txt'), text);
    const file = folder.at(`${name}.yaml`);
    const config = {
      name,
      seed: 1,
      data: { file: folder.at('text.txt'), tokenizer: 'bpe', vocabulary: 270, batch: 2, time: 16 },
      model: {
        attention: 'elita',
        width: 8,
        heads: 2,
        layers: 1,
        feedForward: 'feedForward2',
        norm: 'plainLayerNorm',
        finalNorm: 'none',
        ...model,
      },
      training: { steps: 6, learningRate: 0.01, evaluateEvery: 3, checkpointEvery: 2, ...training },
      sample: { prompt: 'It is', tokens: 5 },
    };
    fs.writeFileSync(file, stringify(config));
    return file;
  };
  const train = (file: string, ...more: string[]) => [
    'train',
    '-c',
    file,
    '--folder',
    folder.at('runs'),
    ...more,
  ];
  const run = (name: string, file: string) => folder.at(`runs/${name}/${file}`);

  it('trains what the file describes, reports beside what needs no training, and leaves a whole run behind', async () => {
    const file = runFile('whole');
    const { code, stdout, stderr } = await cli(train(file));
    expect(stderr).to.match(
      /^step 1\/6: loss \d\.\d{4} · [\d.]+ bits\/byte · [\d,]+ tokens\/s · \d+ s left\n/,
    );
    expect(stderr).to.contain('step 6: held-out loss ');
    expect(code).to.equal(0);
    for (const line of ['this model', 'all tokens alike', 'token frequencies', 'pair frequencies'])
      expect(stdout).to.match(
        new RegExp(`^ {2}${line}.* \\d\\.\\d{4} nats/token +\\d+\\.\\d{3} bits/byte$`, 'm'),
      );
    expect(fs.readdirSync(folder.at('runs/whole')).sort()).to.deep.equal(
      ['latest.ckpt', 'log.jsonl', 'previous.ckpt', 'run.yaml', 'sample.txt', 'tokenizer.json'].sort(),
    );
    expect(fs.readFileSync(run('whole', 'run.yaml'), 'utf8')).to.equal(fs.readFileSync(file, 'utf8'));
    expect(fs.readFileSync(run('whole', 'sample.txt'), 'utf8')).to.match(/^It is./);
    const { records, manifest, evaluation } = readRunLog(run('whole', 'log.jsonl'));
    expect(records.length).to.equal(6);
    expect(manifest.seeds['run']).to.equal(1);
    expect(stdout).to.contain(`${evaluation?.loss.toFixed(4)} nats/token`);
  });

  it('ends by Ctrl-C with everything saved, and --resume ends where an uninterrupted run ends', async () => {
    const steps = { steps: 150, evaluateEvery: 150, checkpointEvery: 60 };
    const whole = await cli(train(runFile('unbroken', steps)));
    expect(whole.code, whole.stderr).to.equal(0);
    let sent = false;
    const file = runFile('broken', steps);
    const stopped = await cli(train(file), (child, output) => {
      if (!sent && output.includes('step 1/150')) sent = child.kill('SIGINT');
    });
    expect(stopped.code).to.equal(130);
    expect(stopped.stderr).to.contain('Stopping after this step; Ctrl-C again kills.');
    expect(stopped.stdout).to.match(
      /Stopped after step \d+; the same command with --resume goes on from there\.\n$/,
    );
    expect(readRunLog(run('broken', 'log.jsonl')).stopped).to.equal(true);

    const refused = await cli(train(file));
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/already holds a run \(step \d+\); --resume goes on with it/);

    const resumed = await cli(train(file, '--resume'));
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect(resumed.stdout).to.match(/going on after step \d+/);
    const [a, b] = ['unbroken', 'broken'].map((name) => fs.readFileSync(run(name, 'latest.ckpt')));
    expect((a as Buffer).equals(b as Buffer)).to.equal(true);
    expect(fs.readFileSync(run('broken', 'sample.txt'), 'utf8')).to.equal(
      fs.readFileSync(run('unbroken', 'sample.txt'), 'utf8'),
    );
  });

  it('refuses to resume another model, naming the setting, and another number of steps is allowed', async () => {
    const other = await cli(train(runFile('whole', {}, { attention: 'elitaAsPublished' }), '--resume'));
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(
      /fit: argument 'config\.model\.attention' must be \["elita"\] as in .*latest\.ckpt, got/,
    );
    const longer = await cli(train(runFile('whole'), '--resume', '--steps', '8'));
    expect(longer.code, longer.stderr).to.equal(0);
    expect(readRunLog(run('whole', 'log.jsonl')).records.length).to.equal(8);
  });
});

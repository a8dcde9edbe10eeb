import { expect } from 'chai';
import { main } from '../../src/cli/main';
import { table } from '../../src/cli/probe';
import { duration } from '../../src/cli/progress';
import { cli } from './run';

/** Runs a command line in this process and catches what it prints. */
async function captured(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { log, error } = console;
  let [out, err] = ['', ''];
  console.log = (...parts: unknown[]) => void (out += `${parts.join(' ')}\n`);
  console.error = (...parts: unknown[]) => void (err += `${parts.join(' ')}\n`);
  try {
    return { code: await main(args), out, err };
  } finally {
    Object.assign(console, { log, error });
  }
}

describe('cli', () => {
  const commands = ['train', 'probe', 'doctor', 'native', 'install'];

  it('lists its commands with --help, -h and help, and without a command too, but then as a failure', async () => {
    for (const args of [['--help'], ['-h'], ['help'], []]) {
      const { code, out, err } = await captured(...args);
      expect([code, err]).to.deep.equal([args.length === 0 ? 2 : 0, '']);
      for (const name of commands) expect(out).to.match(new RegExp(`^ {2}${name} +\\S`, 'm'));
    }
  });

  for (const name of commands) {
    it(`explains ${name}, and its list line is the one the command gives itself`, async () => {
      const { code, out } = await captured(name, '--help');
      expect(code).to.equal(0);
      expect(out).to.match(new RegExp(`^Usage: attention-lab ${name}`));
      expect(await captured('help', name)).to.deep.include({ code: 0, out });
      const { command } = (await import(`../../src/cli/${name}`)) as {
        command: { name: string; summary: string };
      };
      expect(command.name).to.equal(name);
      expect((await captured('--help')).out).to.contain(command.summary);
    });

    it(`answers an option that ${name} does not know with one sentence and exit code 2`, async () => {
      const { code, out, err } = await captured(name, '--jsonn');
      expect([code, out]).to.deep.equal([2, '']);
      expect(err).to.match(
        new RegExp(`^attention-lab ${name}: unknown option '--jsonn'.*it knows --[^\\n]*\\n$`),
      );
      expect((await captured(name, 'stray')).code).to.equal(2);
    });
  }

  for (const [args, sentence] of [
    [
      ['trian'],
      "attention-lab: unknown command 'trian' (did you mean 'train'?); it knows train, probe, doctor, native, install.",
    ],
    [
      ['constructor'],
      "attention-lab: unknown command 'constructor'; it knows train, probe, doctor, native, install.",
    ],
    [['train'], 'attention-lab train: --config is missing; it takes the path of a run file.'],
    [['train', '--config'], "attention-lab train: Option '-c, --config <value>' argument missing;"],
    [['train', '--confg', 'x'], "unknown option '--confg' (did you mean '--config'?)"],
    [
      ['train', '-c', 'examples/elita-moby-dick.yaml', '--steps', '0'],
      "attention-lab train: --steps takes a whole number of at least 1, got '0'.",
    ],
    [
      ['probe', '--steps', 'many'],
      "attention-lab probe: --steps takes a whole number of at least 0, got 'many'.",
    ],
  ] as const) {
    it(`answers '${args.join(' ')}' with one sentence and exit code 2`, async () => {
      const { code, out, err } = await captured(...args);
      expect([code, out]).to.deep.equal([2, '']);
      expect(err).to.contain(sentence);
      expect(err.trimEnd()).not.to.contain('\n');
    });
  }

  it('answers a run file that is missing with exit code 1', async () => {
    const { code, err } = await captured('train', '-c', 'nowhere.yaml');
    expect(code).to.equal(1);
    expect(err).to.match(/^attention-lab train: 'nowhere.yaml' cannot be read \(ENOENT[^\n]*\n$/);
  });

  it('ends as a process with the same code', async () => {
    const { code, stdout, stderr } = await cli(['porbe']);
    expect([code, stdout, stderr]).to.deep.equal([
      2,
      '',
      "attention-lab: unknown command 'porbe' (did you mean 'probe'?); it knows train, probe, doctor, native, install.\n",
    ]);
  });

  it('says how long in words, and prints results in columns', () => {
    expect([0.4, 42, 200, 3599, 7500].map(duration)).to.deep.equal([
      '0 s',
      '42 s',
      '3 min 20 s',
      '59 min 59 s',
      '2 h 5 min',
    ]);
    const row = { form: 'standard', causal: true, randomBytesNats: 5.551, floorNats: Math.log(256) };
    const text = table([
      { ...row, variant: 'softmax', verdict: 'clean' },
      { ...row, variant: 'a longer name', causal: false, verdict: 'leaks' },
    ]);
    expect(text.split('\n').slice(2)).to.deep.equal([
      'softmax        standard  yes     5.551         5.545  clean',
      'a longer name  standard  no      5.551         5.545  leaks',
    ]);
  });
});

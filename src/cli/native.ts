import type { Command } from './command';
import { handOver } from './handOver';
import { describeOptions, readOptions } from './usage';

const options = {
  from: { value: 'auto|official|wheel', about: 'which way to take; auto tries the official binary first' },
  check: { about: 'only say whether it works' },
} as const;

export const command: Command = {
  name: 'native',
  summary: 'prepare TensorFlow itself as a faster backend',
  help: [
    'Usage: attention-lab native [options]',
    '',
    'Prepares the package @tensorflow/tfjs-node: the official binary where its host answers, else the library of a Python',
    'package and one call of the C++ compiler. Nothing needs it; the wasm backend works as it is.',
    '',
    'Options:',
    describeOptions(options),
  ].join('\n'),
  run(args) {
    const { from, check } = readOptions('native', args, options);
    return handOver('scripts/native.mjs', [
      ...(from ? [`--from=${from}`] : []),
      ...(check ? ['--check'] : []),
    ]);
  },
};

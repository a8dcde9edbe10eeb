import type { Command } from './command';
import { handOver } from './handOver';

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
    '  --from=<auto|official|wheel>  which way to take; auto tries the official binary first',
    '  --check                       only say whether it works',
  ].join('\n'),
  run: (args) => handOver('scripts/native.mjs', args),
};

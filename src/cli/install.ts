import type { Command } from './command';
import { handOver } from './handOver';
import { describeOptions, readOptions } from './usage';

const options = {
  user: { about: 'for every Jupyter of this user' },
  'sys-prefix': { about: 'for the active Python environment' },
  prefix: { value: 'folder', about: 'below a folder, in share/jupyter' },
} as const;

export const command: Command = {
  name: 'install',
  summary: 'register the notebook kernel and renderer with a Jupyter of yours',
  help: [
    'Usage: attention-lab install --user | --sys-prefix | --prefix <folder>',
    '',
    "Registers the kernel 'TypeScript (Attention Lab)' and the renderer of its figures. In a clone `npm start` does this",
    "for the project's own JupyterLab.",
    '',
    'Options:',
    describeOptions(options),
  ].join('\n'),
  run(args) {
    readOptions('install', args, options);
    return handOver('dist/kernel-ext/install.js', args);
  },
};

import type { Command } from './command';
import { handOver } from './handOver';

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
    '  --user             for every Jupyter of this user',
    '  --sys-prefix       for the active Python environment',
    '  --prefix <folder>  below a folder, in share/jupyter',
  ].join('\n'),
  run: (args) => handOver('dist/kernel-ext/install.js', args),
};

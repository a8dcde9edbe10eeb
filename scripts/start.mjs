// `npm start [-- arguments of jupyter lab]`: from a fresh clone to JupyterLab on notebooks/
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./setup/lab.mjs')]).then(([{ main }, { start }]) =>
  main(() => start(process.argv.slice(2))),
);

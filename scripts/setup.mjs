// everything that `npm start` prepares, without opening JupyterLab
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./setup/index.mjs')]).then(([{ main }, { setUp }]) =>
  main(async () => {
    await setUp();
  }),
);

// `npm test`: set-up, types, lint, the tests on both backends, notebooks, browser
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./test/all.mjs')]).then(([{ main }, { test }]) =>
  main(() => test(process.argv.slice(2))),
);

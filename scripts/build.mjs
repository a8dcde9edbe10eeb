// `npm run build`: dist/ and the notebook renderer, from scratch; with --if-changed only when the sources did
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./setup/build.mjs')]).then(([{ main }, { build }]) =>
  main(async () => {
    await build({ force: !process.argv.includes('--if-changed') });
  }),
);

#!/usr/bin/env node
// `npm run native`: prepares @tensorflow/tfjs-node, the optional native backend. A second run only looks.
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./native/prepare.mjs')]).then(([{ main }, { prepare }]) =>
  main(() => prepare(process.argv.slice(2))),
);

#!/usr/bin/env node
import { main } from './cli/main';

void main(process.argv.slice(2)).then((code) => {
  // not process.exit: output that is still on its way to a pipe would be cut off
  process.exitCode = code;
});

// what a machine must have before we begin; each failure is one sentence with its cure
import fs from 'node:fs';
import net from 'node:net';
import { Trouble } from './console.mjs';
import { root } from './paths.mjs';

const gigabyte = 1e9;

/** Fails when fewer than `needed` GB are free where the project stands. */
export function mustHaveSpace(needed) {
  const { bavail, bsize } = fs.statfsSync(root);
  const free = (bavail * bsize) / gigabyte;
  if (free >= needed) return;
  throw new Trouble(
    `The disk is nearly full: ${free.toFixed(1)} GB are free and this step needs ${needed} GB, so free some space on the disk of ${root} and run the same command again.`,
  );
}

/** True when nothing listens on this port of this machine. */
export function portIsFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Fails when the port that the user asked for is taken; JupyterLab alone would silently take another. */
export async function mustHavePort(args) {
  const at = args.findIndex((one) => /^--(ServerApp\.)?port(=|$)/.test(one));
  if (at < 0) return;
  const port = Number(args[at].includes('=') ? args[at].split('=')[1] : args[at + 1]);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Trouble('--port needs a number from 0 to 65535, for example `npm start -- --port 8899`.');
  if (port === 0 || (await portIsFree(port))) return;
  throw new Trouble(
    `Port ${port} is taken: stop what listens there or choose another, for example \`npm start -- --port ${port + 1}\`.`,
  );
}

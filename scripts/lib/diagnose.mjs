// what package managers write when something outside the project is wrong, as one sentence with the cure
import { root } from './paths.mjs';

const causes = [
  {
    when: /ENOSPC|No space left on device|Errno 28/,
    say: () => `The disk is full: free about 2 GB on the disk of ${root} and run the same command again.`,
  },
  {
    when: /EACCES|EPERM|Permission denied/,
    say: () =>
      `A file may not be written: make ${root} yours (\`sudo chown -R "$USER" .\`) and run the same command again.`,
  },
  {
    when: /do not match the hashes|EINTEGRITY|sha512-.* integrity/,
    say: () =>
      'A download is not the file that was pinned: a proxy or mirror altered it; try another network or index and run the same command again.',
  },
  {
    when: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|network (?:request|timeout|connectivity)|Could not find a version|NewConnectionError|ProxyError|Connection (?:refused|to .* timed out)|Temporary failure in name resolution/i,
    say: (tool) =>
      `${tool} cannot reach its package index: check the network or the proxy (HTTPS_PROXY${tool === 'npm' ? ', `npm config get registry`' : ', PIP_INDEX_URL'}) and run the same command again.`,
  },
];

/** One sentence for what a failed `tool` printed, or undefined when nothing outside the project explains it. */
export function diagnose(tool, output) {
  return causes.find(({ when }) => when.test(output))?.say(tool);
}

// written in the syntax of very old Nodes, because telling those apart is its whole job

/** Ends the process with one sentence when this Node is older than package.json's "engines" allows. */
export function checkNode() {
  var parts = process.versions.node.split('.');
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    '✗ Node ' +
      process.versions.node +
      ' is too old for Attention Lab: install Node 20.19 or newer from nodejs.org and run the same command again.',
  );
  process.exit(1);
}

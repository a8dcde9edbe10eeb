// the way that needs a package index and a compiler only: PyPI's tensorflow-cpu wheel carries libtensorflow and its
// headers, and tfjs-node's binding compiles against them unmodified with one compiler call
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { say, Trouble } from '../lib/console.mjs';
import { cache } from '../lib/paths.mjs';
import { must, run } from '../lib/processes.mjs';
import { unzip } from '../lib/unzip.mjs';
import { pythonWithPip } from '../lib/python.mjs';

const tensorflow = '2.21.0';
const wheel = {
  name: `tensorflow_cpu-${tensorflow}-cp311-cp311-manylinux_2_27_x86_64.whl`,
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  // the wheel's own Python tag: which Python runs pip here does not matter, its library is what we are after
  pip: ['--implementation=cp', '--python-version=3.11', '--platform=manylinux_2_27_x86_64'],
};
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const headers =
  /^tensorflow\/include\/((?:tensorflow\/(?:c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/[\w./]+\.h)$/;

/** True where the wheel's library can run. */
export const wheelFits = () => process.platform === 'linux' && process.arch === 'x64';

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex');
}

async function fetchWheel() {
  const folder = path.join(cache, 'wheels');
  const file = path.join(folder, wheel.name);
  if (fs.existsSync(file)) {
    if ((await sha256(file)) === wheel.sha256) return file;
    say('the wheel in the cache is damaged; fetching it again');
    fs.rmSync(file);
  }
  fs.mkdirSync(folder, { recursive: true });
  const python = await pythonWithPip();
  say(`fetching ${wheel.name} (274 MB) with pip, once`);
  // pip puts the file in place only when it is whole
  await must(
    python,
    [
      ...['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
      ...wheel.pip,
      ...['-d', folder, `tensorflow-cpu==${tensorflow}`],
    ],
    {
      show: process.stdout.isTTY,
      sentence:
        'pip could not fetch tensorflow-cpu: check the network, or point pip at your index (PIP_INDEX_URL, PIP_FIND_LINKS, HTTPS_PROXY), and run `npm run native` again; until then everything runs on the wasm backend.',
    },
  );
  if ((await sha256(file)) !== wheel.sha256)
    throw new Trouble(
      `${file} is not the file TensorFlow ${tensorflow} published (its SHA-256 differs): delete it and try another network or index.`,
    );
  return file;
}

/** The folder with node_api.h: our own dev dependency, or the headers many Node installations carry. */
function nodeHeaders(resolve) {
  const beside = path.resolve(path.dirname(process.execPath), '..', 'include', 'node');
  const candidates = [beside, '/usr/include/node'];
  try {
    candidates.unshift(path.join(path.dirname(resolve('node-api-headers/package.json')), 'include'));
  } catch {
    // an installed package comes without dev dependencies
  }
  const found = candidates.find((folder) => fs.existsSync(path.join(folder, 'node_api.h')));
  if (found) return found;
  throw new Trouble(
    'The headers of Node-API are missing: run `npm install --save-dev node-api-headers` and then this again.',
  );
}

async function compiler() {
  const program = process.env.CXX || 'c++';
  if ((await run(program, ['--version'])).code === 0) return program;
  throw new Trouble(
    `There is no C++ compiler (${program}): run \`sudo apt-get install g++\` (Debian, Ubuntu) or \`sudo dnf install gcc-c++\` (Fedora) and then \`npm run native\` again; until then everything runs on the wasm backend.`,
  );
}

async function build(folder, source, include) {
  const program = await compiler();
  const file = await fetchWheel();
  const deps = path.join(folder, 'deps');
  say('unpacking libtensorflow');
  await unzip(file, (name) => {
    const library = libraries.find((one) => name === `tensorflow/${one}`);
    if (library) return path.join(deps, 'lib', library);
    const header = headers.exec(name);
    return header?.[1] && path.join(deps, 'include', header[1]);
  });
  const [core, framework] = libraries;
  for (const [alias, to] of [
    ['libtensorflow.so', core],
    ['libtensorflow.so.2', core],
    // with this name in place tfjs-node's own installer believes its download is done
    ['libtensorflow.so.2.9.1', core],
    ['libtensorflow_framework.so', framework],
  ])
    fs.symlinkSync(to, path.join(deps, 'lib', alias));
  say('compiling the binding');
  const binding = path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  fs.mkdirSync(path.dirname(binding), { recursive: true });
  await must(
    program,
    [
      ...['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'],
      ...[`-I${include}`, `-I${path.join(deps, 'include')}`],
      ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', binding],
      ...[`-L${path.join(deps, 'lib')}`, ...libraries.map((one) => `-l:${one}`)],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    { cwd: source, sentence: 'The binding did not compile; the lines above are the compiler’s.' },
  );
}

/**
 * Builds `deps` and `lib` for the tfjs-node in `folder`. They live in the cache, under the versions they were made
 * from, so that a fresh node_modules only needs two links.
 */
export async function installWheel(folder, resolve) {
  const made = path.join(cache, 'native', `tfjs-node-4.22.0-tensorflow-${tensorflow}-${process.arch}`);
  if (!fs.existsSync(made)) {
    const partial = `${made}.partial-${process.pid}`;
    for (const name of fs.existsSync(path.dirname(made)) ? fs.readdirSync(path.dirname(made)) : [])
      if (name.includes('.partial-')) fs.rmSync(path.join(path.dirname(made), name), { recursive: true });
    await build(partial, folder, nodeHeaders(resolve));
    fs.renameSync(partial, made);
    fs.rmSync(path.join(cache, 'wheels', wheel.name), { force: true });
  }
  for (const part of ['deps', 'lib']) {
    fs.rmSync(path.join(folder, part), { recursive: true, force: true });
    fs.symlinkSync(path.join(made, part), path.join(folder, part), 'dir');
  }
}

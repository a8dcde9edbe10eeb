/**
 * Compiles c/*.c to WebAssembly and writes the bytes as base64 into simd128.bytes.ts and relaxedSimd.bytes.ts, with a hash of the sources.
 *
 *   node src/kernels/build.mjs          only maintainers who change the C need this; users get the committed bytes
 *
 * The compiler is the clang inside the PyPI package `ziglang` (pinned below), installed into .cache/clang on first use:
 * nothing but Python is needed. `CC=clang node src/kernels/build.mjs` takes any clang (>= 15, with lld) instead.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ziglang = 'ziglang==0.13.0'; // clang 18
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');

/** The C sources in a fixed order: [name, text]. */
export function sources() {
  return readdirSync(join(here, 'c'))
    .filter((name) => /\.[ch]$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(here, 'c', name), 'utf8').replaceAll('\r\n', '\n')]);
}

/** sha256 over names and texts of the sources; a test compares it with the one beside the committed bytes. */
export function hashSources() {
  const hash = createHash('sha256');
  for (const [name, text] of sources()) hash.update(`${name}\n${text}\n`);
  return hash.digest('hex');
}

/**
 * The builds: one source, two instruction sets. Relaxed SIMD has a fused multiply-add, a third faster in matmul; V8 has
 * it on by default from Node 22 on.
 */
const builds = [
  { name: 'simd128', zig: ['-mcpu=generic+simd128+bulk_memory'], clang: ['-msimd128', '-mbulk-memory'] },
  {
    name: 'relaxedSimd',
    zig: ['-mcpu=generic+simd128+relaxed_simd+bulk_memory'],
    clang: ['-msimd128', '-mrelaxed-simd', '-mbulk-memory'],
  },
];

function compiler() {
  if (process.env.CC)
    return { command: [process.env.CC], target: '--target=wasm32', flags: (build) => build.clang };
  const python = join(
    root,
    '.cache/clang',
    process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
  );
  if (!existsSync(python))
    execFileSync('python3', ['-m', 'venv', join(root, '.cache/clang')], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '-q', ziglang], { stdio: 'inherit' });
  return {
    command: [python, '-m', 'ziglang', 'cc'],
    target: '--target=wasm32-freestanding',
    flags: (build) => build.zig,
  };
}

/** Names of the sections of a WebAssembly module, by id. */
function sectionIds(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = (bytes[at] & 0x80) !== 0;
      size += (bytes[at++] & 0x7f) * 2 ** shift;
    }
    at += size;
  }
  return ids;
}

function build(cc, entry, directory) {
  const out = join(directory, `${entry.name}.wasm`);
  const files = sources()
    .filter(([name]) => name.endsWith('.c'))
    .map(([name]) => join(here, 'c', name));
  const flags = [
    cc.target,
    '-O3',
    '-ffreestanding',
    '-nostdlib',
    '-fno-math-errno',
    '-ffp-contract=off',
    // adjacent splat loads would become shuffles: a quarter of the speed of matmul
    '-fno-slp-vectorize',
    ...cc.flags(entry),
    '-Wl,--no-entry',
    '-Wl,--import-memory',
    '-Wl,--export=__stack_pointer',
    '-Wl,--strip-all',
  ];
  execFileSync(cc.command[0], [...cc.command.slice(1), ...flags, ...files, '-o', out], { stdio: 'inherit' });
  const bytes = readFileSync(out);
  const DATA = 11;
  if (sectionIds(bytes).includes(DATA))
    throw new Error(
      'the module has static data, which would overwrite memory of TensorFlow.js; keep tables on the stack',
    );
  return bytes;
}

function main() {
  const cc = compiler();
  const directory = mkdtempSync(join(tmpdir(), 'kernels-'));
  try {
    for (const entry of builds) {
      const bytes = build(cc, entry, directory);
      const lines = bytes
        .toString('base64')
        .match(/.{1,120}/g)
        .map((line) => `  '${line}',`);
      const text = `// Written by build.mjs from c/*.c; do not edit.
/** sha256 of the C sources these bytes were built from. */
export const sourceHash = '${hashSources()}';
/** The WebAssembly module, base64. */
export const bytes = [
${lines.join('\n')}
].join('');
`;
      writeFileSync(join(here, `${entry.name}.bytes.ts`), text);
      console.log(`${entry.name}: ${bytes.length} bytes`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

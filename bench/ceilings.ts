/** The part of the WebAssembly namespace used here; Node has it, the ES2022 library does not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

const ACCUMULATORS = 12;

/** A WebAssembly function `run(n)` that does n rounds of 12 independent f32x4 multiply-adds and nothing else. */
function multiplyAddModule(): Uint8Array<ArrayBuffer> {
  const simd = (opcode: number): number[] => (opcode < 0x80 ? [0xfd, opcode] : [0xfd, opcode, 0x01]);
  const [splat, extract, add, multiply] = [simd(0x13), [...simd(0x1f), 0], simd(0xe4), simd(0xe6)];
  const constant = (value: number): number[] => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)];
  const accumulators = Array.from({ length: ACCUMULATORS }, (_, k) => k + 3);
  const body = [
    [...constant(0.999), ...splat, 0x21, 1],
    [...constant(0.001), ...splat, 0x21, 2],
    ...accumulators.map((k) => [...constant(k), ...splat, 0x21, k]),
    [0x03, 0x40],
    ...accumulators.map((k) => [0x20, k, 0x20, 1, ...multiply, 0x20, 2, ...add, 0x21, k]),
    [0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    [0x20, 3],
    ...accumulators.slice(1).map((k) => [0x20, k, ...add]),
    [...extract, 0x0b],
  ].flat();
  const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >> 7)]);
  const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
  const locals = [1, ACCUMULATORS + 2, 0x7b];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...Buffer.from('run'), 0, 0]),
    ...section(10, [1, ...leb(locals.length + body.length), ...locals, ...body]),
  ]);
}

function bestOf(runs: number, work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** GFLOP/s of independent 4-lane multiply-adds in WebAssembly, one thread: best of 12 runs. */
export function wasmGigaflops(): number {
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(multiplyAddModule())).exports as {
    run(n: number): number;
  };
  const rounds = 1_000_000;
  return (rounds * ACCUMULATORS * 4 * 2) / bestOf(12, () => run(rounds)) / 1e6;
}

/** GB/s read plus written by a copy far larger than the caches, one thread: best of 8 runs. */
export function copyGigabytes(): number {
  const from = new Float32Array(1 << 24).fill(1);
  const to = new Float32Array(1 << 24);
  return (2 * from.byteLength) / bestOf(8, () => to.set(from)) / 1e6;
}

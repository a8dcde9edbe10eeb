type Pointer = number;

/**
 * The functions of the compiled module, as declared in c/*.c. Pointers are byte offsets into the shared memory; sizes
 * of scratch are in floats; flags are 0 or 1.
 */
export interface Functions {
  matmulScratch(M: number, N: number, K: number): number;
  matmul(
    M: number,
    N: number,
    K: number,
    a: Pointer,
    ai: number,
    ap: number,
    b: Pointer,
    bp: number,
    bn: number,
    c: Pointer,
    scratch: Pointer,
  ): void;
  exponential(x: Pointer, y: Pointer, count: number): void;
  errorFunction(x: Pointer, y: Pointer, count: number): void;
  extreme(x: Pointer, other: Pointer, y: Pointer, count: number, single: number, maximum: number): void;
  reduceSum(x: Pointer, y: Pointer, outer: number, n: number, inner: number, scale: number): void;
  gatherRows(
    x: Pointer,
    ids: Pointer,
    y: Pointer,
    outer: number,
    length: number,
    count: number,
    inner: number,
  ): void;
  segmentSum(x: Pointer, ids: Pointer, out: Pointer, rows: number, width: number, segments: number): void;
  cumsum(
    x: Pointer,
    y: Pointer,
    outer: number,
    time: number,
    inner: number,
    exclusive: number,
    reverse: number,
  ): void;
  linearScanScratch(K: number, V: number): number;
  linearScan(
    heads: number,
    T: number,
    K: number,
    V: number,
    q: Pointer,
    k: Pointer,
    v: Pointer,
    g: Pointer,
    state: Pointer,
    o: Pointer,
    last: Pointer,
    scratch: Pointer,
  ): void;
  linearScanGradScratch(T: number, K: number, V: number, decayed: number): number;
  linearScanGrad(
    heads: number,
    T: number,
    K: number,
    V: number,
    q: Pointer,
    k: Pointer,
    v: Pointer,
    g: Pointer,
    state: Pointer,
    dO: Pointer,
    dLast: Pointer,
    dq: Pointer,
    dk: Pointer,
    dv: Pointer,
    dg: Pointer,
    dState: Pointer,
    scratch: Pointer,
  ): void;
  prefixSoftmaxScratch(T: number, V: number): number;
  prefixSoftmax(
    heads: number,
    T: number,
    V: number,
    logits: Pointer,
    v: Pointer,
    mass: Pointer,
    before: Pointer,
    mean: Pointer,
    logMass: Pointer,
  ): void;
  prefixSoftmaxGrad(
    heads: number,
    T: number,
    V: number,
    logits: Pointer,
    v: Pointer,
    mass: Pointer,
    before: Pointer,
    mean: Pointer,
    dMean: Pointer,
    dLogMass: Pointer,
    dLogits: Pointer,
    dv: Pointer,
    dMass: Pointer,
    dBefore: Pointer,
    scratch: Pointer,
  ): void;
  causalConvScratch(K: number): number;
  causalConv(
    batch: number,
    heads: number,
    T: number,
    V: number,
    K: number,
    x: Pointer,
    kernel: Pointer,
    y: Pointer,
    scratch: Pointer,
  ): void;
  causalConvGrad(
    batch: number,
    heads: number,
    T: number,
    V: number,
    K: number,
    x: Pointer,
    kernel: Pointer,
    dy: Pointer,
    dx: Pointer,
    dKernel: Pointer,
    scratch: Pointer,
  ): void;
  depthwiseCausalConv(
    batch: number,
    T: number,
    D: number,
    K: number,
    x: Pointer,
    kernel: Pointer,
    y: Pointer,
  ): void;
  depthwiseCausalConvGrad(
    batch: number,
    T: number,
    D: number,
    K: number,
    x: Pointer,
    kernel: Pointer,
    dy: Pointer,
    dx: Pointer,
    dKernel: Pointer,
  ): void;
}

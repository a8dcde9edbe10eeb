/** A fault planted in one place, and the tests that must notice it. */
export interface Mutant {
  /** What is wrong. */
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const variants = ['test/attention/attention.test.ts'];
const layers = ['test/attention/layer.test.ts'];
const scans = ['test/ops/linearScan.test.ts'];
const prefixes = ['test/ops/softmaxScan.test.ts'];

/** Faults of the kinds that really happen: an off-by-one, a lost factor, a swapped sign, a wrong axis, a leak of the future. */
export const mutants: readonly Mutant[] = [
  {
    name: 'cumsum: the gradient runs the same way',
    file: 'src/ops/cumulative.ts',
    from: 'reverse: !reverse',
    to: 'reverse',
    tests: ['test/ops/cumulative.test.ts'],
  },
  {
    name: 'cumsum: exclusive is forgotten in the gradient',
    file: 'src/ops/cumulative.ts',
    from: '{ exclusive, reverse: !reverse }',
    to: '{ reverse: !reverse }',
    tests: ['test/ops/cumulative.test.ts'],
  },
  {
    name: 'linear scan: a step leaves the state undecayed',
    file: 'src/ops/linearScan.ts',
    from: 'tf.reshape(tf.exp(logDecay), [B, H, 1, 1])',
    to: 'tf.ones([B, H, 1, 1])',
    tests: scans,
  },
  {
    name: 'linear scan: blocks do not see the state before them',
    file: 'src/ops/linearScan.ts',
    from: 'tf.add(tf.matMul(queries, before), tf.matMul(scores, v))',
    to: 'tf.matMul(scores, v)',
    tests: scans,
  },
  {
    name: 'linear scan: keys are not decayed to the end of their block',
    file: 'src/ops/linearScan.ts',
    from: 'keys = tf.mul(k, tf.reshape(',
    to: 'keys = tf.mul(k, 1 || tf.reshape(',
    tests: scans,
  },
  {
    name: 'linear scan: a step reads before it writes',
    file: 'src/ops/linearScan.ts',
    from: 'return [next, tf.matMul(q, next)];',
    to: 'return [next, tf.matMul(q, kept)];',
    tests: scans,
  },
  {
    name: 'prefix softmax: shares of a join are swapped',
    file: 'src/ops/prefixChunkwise.ts',
    from: 'shareA: tf.div(x, sum), shareB: tf.div(y, sum)',
    to: 'shareA: tf.div(y, sum), shareB: tf.div(x, sum)',
    tests: prefixes,
  },
  {
    name: 'prefix softmax: the running maximum is lost',
    file: 'src/ops/prefixChunkwise.ts',
    from: 'constant(tf.max(scores, -1, true))',
    to: 'tf.zerosLike(tf.max(scores, -1, true))',
    tests: prefixes,
  },
  {
    name: 'prefix softmax: the first block forgets the state it was given',
    file: 'src/ops/prefixChunkwise.ts',
    from: 'const state = options.state ?? emptyPrefix(B, H, V);',
    to: 'const state = emptyPrefix(B, H, V);',
    tests: prefixes,
  },
  {
    name: 'convolution: padded on both sides, so that it sees one token ahead',
    file: 'src/ops/causalConv.ts',
    from: '[C, N * C - T]',
    to: '[C - 1, N * C - T + 1]',
    tests: ['test/ops/causalConv.test.ts'],
  },
  {
    name: 'causal mask: one token ahead',
    file: 'src/ops/linalg.ts',
    from: 'row + 1 + columns - rows',
    to: 'row + 2 + columns - rows',
    tests: variants,
  },
  {
    name: 'merge of heads: heads and time are not swapped back',
    file: 'src/ops/linalg.ts',
    from: 'tf.reshape<tf.Rank.R3>(tf.transpose(x, [0, 2, 1, 3]), [B, T, H * K])',
    to: 'tf.reshape<tf.Rank.R3>(x, [B, T, H * K])',
    tests: layers,
  },
  {
    name: 'projection: the bias is lost',
    file: 'src/ops/linalg.ts',
    from: 'bias ? tf.add(y, bias) : y',
    to: 'y',
    tests: ['test/ops/linalg.test.ts'],
  },
  {
    name: 'softmax: the scale is lost in the backward pass',
    file: 'src/modules/attend.ts',
    from: 'tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale)',
    to: 'tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), 1)',
    tests: variants,
  },
  {
    name: 'softmax: blocks see a window one token short',
    file: 'src/modules/attend.ts',
    from: 'Math.max(0, begin - reach + 1)',
    to: 'Math.max(0, begin - reach + 2)',
    tests: variants,
  },
  {
    name: 'sliding window: the cache keeps one token too many',
    file: 'src/modules/attend.ts',
    from: 'Math.min(past.shape[2], window - 1)',
    to: 'Math.min(past.shape[2], window)',
    tests: variants,
  },
  {
    name: 'rotary: decoding starts again at position 0',
    file: 'src/modules/position.ts',
    from: '(offset + t) * frequency;\n      cosine',
    to: 't * frequency;\n      cosine',
    tests: [...layers, 'test/modules/position.test.ts'],
  },
  {
    name: 'ELU + 1: the derivative is 1 below zero too',
    file: 'src/modules/featureMap.ts',
    from: 'tf.minimum(saved[0] as tf.Tensor, 1)',
    to: 'tf.onesLike(saved[0] as tf.Tensor)',
    tests: ['test/modules/featureMap.test.ts'],
  },
  {
    name: 'Taylor map: the second order lacks its one half',
    file: 'src/modules/featureMap.ts',
    from: '(2 * K) ** -0.5',
    to: 'K ** -0.5',
    tests: variants,
  },
  {
    name: 'normaliser: the ones are not summed but kept',
    file: 'src/modules/normalisedScan.ts',
    from: 'tf.div(top, tf.add(bottom, epsilon))',
    to: 'tf.div(top, tf.add(tf.onesLike(bottom), epsilon))',
    tests: variants,
  },
  {
    name: 'layer norm: the mean stays in the gradient',
    file: 'src/modules/norm.ts',
    from: "centre === 'mean' ? tf.sub(dy, tf.mean(dy, -1, true)) : dy",
    to: 'dy',
    tests: ['test/modules/norm.test.ts'],
  },
  {
    name: 'ELiTA: the gate forgets the prefix mass',
    file: 'src/attention/elita.ts',
    from: 'tf.sub(tf.sub(self, row), logMass)',
    to: 'tf.sub(self, row)',
    tests: variants,
  },
  {
    name: 'ELiTA: the gate has the wrong sign',
    file: 'src/attention/elita.ts',
    from: 'tf.sub(tf.sub(self, row), logMass)',
    to: 'tf.add(tf.sub(logMass, self), row)',
    tests: variants,
  },
  {
    name: 'ELiTA: decoding restarts its positions',
    file: 'src/attention/elitaParts.ts',
    from: 'rowTensor(params.basis, placeOf(config), T, offset)',
    to: 'rowTensor(params.basis, placeOf(config), T, 0)',
    tests: layers,
  },
  {
    name: 'ELiTA: the row logit has the weights of the column',
    file: 'src/attention/elitaParts.ts',
    from: 'const query: BHT = params.row ? logit(x, params.row)',
    to: 'const query: BHT = params.row ? logit(x, params.column)',
    tests: layers,
  },
  {
    name: 'Based: the weights lack their constant',
    file: 'src/attention/based.ts',
    from: 'tf.add(tf.add(z, 1), tf.mul(tf.square(z), 0.5))',
    to: 'tf.add(z, tf.mul(tf.square(z), 0.5))',
    tests: variants,
  },
  {
    name: 'fixed decay: the kernel is not normalised',
    file: 'src/attention/fixedDecayConvolution.ts',
    from: 'weight / sum',
    to: 'weight',
    tests: ['test/attention/kernels.test.ts'],
  },
];

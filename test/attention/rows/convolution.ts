import { depthwiseConvolution } from '../../../src/attention/depthwiseConvolution';
import { fixedDecayConvolution } from '../../../src/attention/fixedDecayConvolution';
import { gatedConvolution } from '../../../src/attention/gatedConvolution';
import { learnedConvolution } from '../../../src/attention/learnedConvolution';
import type { Output, Table } from './row';
import { row } from './row';

/** The last tap meets the current token; what is before the first token is zero. */
function slide(v: Table, kernel: Table): Output {
  return (t, c) => {
    let sum = 0;
    for (let back = 0; back < kernel.columns && back <= t; back++)
      sum += kernel(0, kernel.columns - 1 - back) * v(t - back, c);
    return sum;
  };
}

export const convolutionRows = [
  row({
    variant: learnedConvolution,
    config: { width: 15, heads: 3, taps: 11 },
    tolerance: 1e-5,
    reference: ({ v, kernel }) => slide(v, kernel),
  }),
  row({
    variant: fixedDecayConvolution,
    config: { width: 15, heads: 3, taps: 13 },
    tolerance: 1e-5,
    reference: ({ v, kernel }) => slide(v, kernel),
  }),
  row({
    variant: depthwiseConvolution,
    config: { width: 7, heads: 1, taps: 5 },
    tolerance: 1e-5,
    reference: ({ v, kernel }) => slide(v, kernel),
  }),
  row({
    variant: gatedConvolution,
    config: { width: 5, heads: 1 },
    tolerance: 1e-5,
    reference: ({ v, kernel }) => slide(v, kernel),
  }),
];

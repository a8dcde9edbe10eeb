import { slidingWindow } from '../../../src/attention/slidingWindow';
import { softmax } from '../../../src/attention/softmax';
import type { Output, Table } from './row';
import { dot, row } from './row';

function softmaxOver(q: Table, k: Table, v: Table, window: number): Output {
  return (t, c) => {
    const first = Math.max(0, t - window + 1);
    let top = -Infinity;
    for (let j = first; j <= t; j++) top = Math.max(top, dot(q, t, k, j) / Math.sqrt(q.columns));
    let numerator = 0;
    let denominator = 0;
    for (let j = first; j <= t; j++) {
      const weight = Math.exp(dot(q, t, k, j) / Math.sqrt(q.columns) - top);
      numerator += weight * v(j, c);
      denominator += weight;
    }
    return numerator / denominator;
  };
}

export const softmaxRows = [
  row({
    variant: softmax,
    config: { width: 12, heads: 3 },
    tolerance: 1e-5,
    reference: ({ q, k, v }) => softmaxOver(q, k, v, Infinity),
  }),
  row({
    variant: softmax,
    label: 'no positions',
    config: { width: 15, heads: 3, positions: 'none' },
    tolerance: 1e-5,
    reference: ({ q, k, v }) => softmaxOver(q, k, v, Infinity),
  }),
  row({
    variant: slidingWindow,
    config: { width: 12, heads: 3, window: 5 },
    tolerance: 1e-5,
    reference: ({ q, k, v, distances }) => softmaxOver(q, k, v, distances.columns),
  }),
];

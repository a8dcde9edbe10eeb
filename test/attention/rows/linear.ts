import { based } from '../../../src/attention/based';
import { linear } from '../../../src/attention/linear';
import { linearAsPublished } from '../../../src/attention/linearAsPublished';
import type { Output, Table } from './row';
import { dot, row } from './row';

type Weight = (q: Table, t: number, k: Table, j: number) => number;

/** sum_j w(t, j) v_j / (sum_j w(t, j) + epsilon) over the tokens up to `last(t)`. */
function average(
  q: Table,
  k: Table,
  v: Table,
  weight: Weight,
  epsilon: number,
  last: (t: number) => number,
): Output {
  return (t, c) => {
    let numerator = 0;
    let denominator = epsilon;
    for (let j = 0; j <= last(t); j++) {
      numerator += weight(q, t, k, j) * v(j, c);
      denominator += weight(q, t, k, j);
    }
    return numerator / denominator;
  };
}

function positive(extra: number): Weight {
  const phi = (x: number): number => (x > 0 ? x + 1 : Math.exp(x)) + extra;
  return (q, t, k, j) => {
    let sum = 0;
    for (let i = 0; i < q.columns; i++) sum += phi(q(t, i)) * phi(k(j, i));
    return sum;
  };
}

const taylor: Weight = (q, t, k, j) => {
  const z = dot(q, t, k, j) / Math.sqrt(q.columns);
  return 1 + z + (z * z) / 2;
};

export const linearRows = [
  row({
    variant: linear,
    config: { width: 15, heads: 3 },
    tolerance: 1e-5,
    reference: ({ q, k, v }) => average(q, k, v, positive(0), 1e-6, (t) => t),
  }),
  row({
    variant: linearAsPublished,
    config: { width: 15, heads: 3 },
    tolerance: 1e-5,
    reference: ({ q, k, v }) => average(q, k, v, positive(1e-6), 1e-6, () => v.rows - 1),
  }),
  row({
    variant: based,
    config: { width: 15, heads: 3, featureWidth: 7 },
    tolerance: 1e-5,
    reference: ({ q, k, v }) => average(q, k, v, taylor, 1e-12, (t) => t),
  }),
];

import { qllk } from '../../../src/attention/qllk';
import type { QllkInputs } from '../../../src/attention/qllk';
import type { Output, Tables } from './row';
import { row } from './row';

/** One channel: a running sum of k·v, read with q. */
function runningSum({ q, k, v }: Tables<QllkInputs>): Output {
  return (t, c) => {
    let S = 0;
    for (let j = 0; j <= t; j++) S += k(j) * v(j, c);
    return q(t) * S;
  };
}

export const qllkRows = (['1.0', '1.1'] as const).map((version) =>
  row({
    variant: qllk,
    label: version,
    config: { width: 5, heads: 1, version },
    tolerance: 1e-5,
    reference: runningSum,
  }),
);

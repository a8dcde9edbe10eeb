import { elita } from '../../../src/attention/elita';
import { elitaAddedDiagonal } from '../../../src/attention/elitaAddedDiagonal';
import { elitaAsPublished } from '../../../src/attention/elitaAsPublished';
import type { ElitaConfig, ElitaCoreInputs, ElitaInputs } from '../../../src/attention/elitaParts';
import type { Output, Tables } from './row';
import { row } from './row';

// a horizon shorter than the longest test, so that positions past it are exercised too
const config: ElitaConfig = { width: 6, heads: 3, valueWidth: 5, positionWidth: 2, horizon: 11 };

/** The published ratio: i + 1 entries l_j + r_i and the extra entry δ_i. */
function ratio({ v, column, row: r, self }: Tables<ElitaInputs>): Output {
  return (i, c) => {
    let numerator = Math.exp(self(i)) * v(i, c);
    let denominator = Math.exp(self(i));
    for (let j = 0; j <= i; j++) {
      const weight = Math.exp(column(j) + r(i));
      numerator += weight * v(j, c);
      denominator += weight;
    }
    return numerator / denominator;
  };
}

/** The README's sentence: one entry per token, with δ_i added to the logit of the pair (i, i). */
function addedDiagonal({ v, column, self }: Tables<ElitaCoreInputs>): Output {
  return (i, c) => {
    let numerator = 0;
    let denominator = 0;
    for (let j = 0; j <= i; j++) {
      const weight = Math.exp(column(j) + (i === j ? self(i) : 0));
      numerator += weight * v(j, c);
      denominator += weight;
    }
    return numerator / denominator;
  };
}

const tolerance = 1e-5;

export const elitaRows = [
  row({ variant: elita, config, tolerance, reference: ratio }),
  row({
    variant: elita,
    label: 'no query term, half span',
    config: { ...config, rowTerm: 'position', span: 0.5 },
    tolerance,
    reference: ratio,
  }),
  row({ variant: elitaAsPublished, config, tolerance, reference: ratio }),
  row({ variant: elitaAddedDiagonal, config, tolerance, reference: addedDiagonal }),
];

import { convolutionRows } from './convolution';
import { elitaRows } from './elita';
import { linearRows } from './linear';
import { qllkRows } from './qllk';
import type { AnyRow } from './row';
import { softmaxRows } from './softmax';

/** Every variant under test, at least one row each; a new variant adds its row here. */
export const rows: readonly AnyRow[] = [
  ...softmaxRows,
  ...elitaRows,
  ...qllkRows,
  ...linearRows,
  ...convolutionRows,
];

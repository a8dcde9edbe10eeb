import type { Batch } from '../../src/data/batch';

/** Rows of a batch as [inputs, targets]. */
export const rowsOf = ({ inputs, targets, batch, time }: Batch): [number[], number[]][] =>
  Array.from({ length: batch }, (_, b) => [
    [...inputs.subarray(b * time, (b + 1) * time)],
    [...targets.subarray(b * time, (b + 1) * time)],
  ]);

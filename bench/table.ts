import type { Report } from './index';

/** The report as Markdown, ready for bench/README.md. */
export function table({ machine, rows }: Report): string {
  const time = (ms: number | null): string => (ms === null ? 'cannot' : ms.toPrecision(3));
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. Ceilings measured in this run: copying ${machine.gigabytes.toFixed(1)} GB/s;`,
    `${Object.entries(machine.gigaflops)
      .map(([name, rate]) => `${name} ${rate.toFixed(1)} GFLOP/s`)
      .join(', ')}.`,
    '',
    '| case | backend | T | ours, ms | stock tfjs, ms | times faster | share of the floor |',
    '|---|---|--:|--:|--:|--:|--:|',
    ...rows.map(
      (row) =>
        `| ${row.name} | ${row.backend} | ${row.T} | ${time(row.milliseconds)} | ${time(row.baseline)} | ${row.ratio === null ? '' : row.ratio.toFixed(1)} | ${(100 * row.shareOfFloor).toFixed(0)} % |`,
    ),
    '',
  ].join('\n');
}

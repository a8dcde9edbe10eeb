import { demand, show } from './figure';

/** A cell: numbers stand to the right with four significant digits, words to the left. */
export type Cell = string | number;

/**
 * A table as plain text with aligned columns, for places where a picture would say no more.
 * Throws `FigureError` when a row has another number of cells than the heading.
 *
 * @example
 * console.log(textTable(['variant', 'loss'], [['softmax', 2.1], ['ELiTA', 2.2]]));
 */
export function textTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const columns = heading.length;
  for (const row of rows)
    demand(row.length === columns, 'textTable', 'rows', `rows of ${columns} cells`, row.length);
  const isNumber = heading.map((_, c) => rows.length > 0 && rows.every((row) => typeof row[c] === 'number'));
  const texts = [heading, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? show(cell) : cell.replace(/\s+/g, ' '))),
  );
  const widths = heading.map((_, c) => Math.max(...texts.map((row) => [...(row[c] as string)].length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, c) => {
        const space = ' '.repeat((widths[c] as number) - [...text].length);
        return isNumber[c] ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(texts[0] as string[]), rule, ...texts.slice(1).map(line)].join('\n');
}

import type { Shown } from './registry';
import { isTensor, short, statisticsOf } from './tensorFacts';
import type { TensorLike } from './tensorFacts';
import { thumbnail } from './thumbnail';

const mostRows = 8;
const mostColumns = 8;
const largestPicture = 64;

/** Shows a tensor: shape, dtype, statistics, a corner of its values, and a picture of a small matrix. Never leaks it. */
export function tensorForm(value: unknown): Shown | undefined {
  if (!isTensor(value)) return undefined;
  const head = heading(value);
  if (value.isDisposed) return { data: { 'text/plain': `${head}, disposed` }, metadata: {} };
  const values = value.dataSync();
  const numbers = numeric(values);
  if (!numbers) return { data: { 'text/plain': [head, ...corner(value, values)].join('\n') }, metadata: {} };

  const statistics = statisticsOf(numbers);
  const { min, max, mean, notFinite } = statistics;
  const facts = `min ${short(min)}  max ${short(max)}  mean ${short(mean)}`;
  const bad = notFinite > 0 ? `  ${notFinite} not finite` : '';
  const lines = numbers.length > 1 ? [`${head}  ${facts}${bad}`] : [head];
  const text = [...lines, ...corner(value, values)].join('\n');
  const [rows = 0, columns = 0] = value.shape;
  const drawable =
    value.shape.length === 2 && rows * columns > 1 && Math.max(rows, columns) <= largestPicture;
  if (!drawable) return { data: { 'text/plain': text }, metadata: {} };

  const png = thumbnail(numbers, rows, columns, statistics).toString('base64');
  // the picture alone would hide the numbers, so that there is a form with both
  const html = `<pre>${escapeHtml(text)}</pre><img alt="${escapeHtml(head)}" src="data:image/png;base64,${png}">`;
  return { data: { 'text/html': html, 'image/png': png, 'text/plain': text }, metadata: {} };
}

function heading({ shape, dtype, name }: TensorLike): string {
  const variable = name === undefined ? '' : ` variable ${name}`;
  return `tensor${variable} [${shape.join(', ')}] ${dtype}`;
}

function numeric(values: ArrayLike<number> | ArrayLike<string>): ArrayLike<number> | undefined {
  return values.length > 0 && typeof values[0] === 'string' ? undefined : (values as ArrayLike<number>);
}

/** The first rows and columns, right-aligned; of higher ranks the first matrix. */
function corner({ shape }: TensorLike, values: ArrayLike<number> | ArrayLike<string>): string[] {
  const columns = shape[shape.length - 1] ?? 1;
  const rows = shape.length > 1 ? (shape[shape.length - 2] ?? 1) : 1;
  if (values.length === 0) return ['(empty)'];
  const shownColumns = Math.min(columns, mostColumns);
  const table: string[][] = [];
  for (let row = 0; row < Math.min(rows, mostRows); row++) {
    const cells: string[] = [];
    for (let column = 0; column < shownColumns; column++) {
      const value = values[row * columns + column];
      cells.push(typeof value === 'string' ? JSON.stringify(value) : short(value ?? NaN));
    }
    table.push(cells);
  }
  const widths = Array.from({ length: shownColumns }, (_, i) =>
    Math.max(...table.map((cells) => cells[i]?.length ?? 0)),
  );
  const lines = table.map((cells) => {
    const text = cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ');
    return columns > shownColumns ? `${text}  …` : text;
  });
  if (rows > mostRows) lines.push('…');
  return lines;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** `npm run readme`: writes the generated part of README.md, the table of variants; a test compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { variantTable } from '../src/attention/table';

const file = path.join(__dirname, '..', 'README.md');

/** README with its generated part brought up to date. */
export function upToDate(readme: string): string {
  return readme.replace(
    /(<!-- variants: .*? -->)[\s\S]*?(<!-- \/variants -->)/,
    (_, start: string, end: string) => `${start}\n\n${variantTable()}\n\n${end}`,
  );
}

if (require.main === module) writeFileSync(file, upToDate(readFileSync(file, 'utf8')));

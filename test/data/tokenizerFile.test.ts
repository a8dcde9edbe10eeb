import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../../src/core/errors';
import { trainBpe } from '../../src/data/bpe';
import { bpeFromJson, bpeToJson } from '../../src/data/bpeJson';
import { alphabet } from '../../src/data/byteLevel';
import { byteTokenizer, characterTokenizer, type Tokenizer } from '../../src/data/tokenizer';
import { loadTokenizer, saveTokenizer, tokenizerFromJson } from '../../src/data/tokenizerFile';

const text = 'the whale, the white whale é\n';
type Json = Record<string, unknown>;

describe('tokenizer files', () => {
  let folder = '';
  let made: Record<string, Tokenizer> = {};
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
    made = {
      bytes: byteTokenizer(),
      characters: characterTokenizer(text),
      substitute: characterTokenizer(text, { unknown: '\uFFFD' }),
      bpe: await trainBpe(text.repeat(3), { vocabulary: 320 }),
    };
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const name of ['bytes', 'characters', 'substitute', 'bpe'])
    it(`bring the ${name} tokenizer back`, () => {
      const tokens = made[name] as Tokenizer;
      const path = join(folder, `${name}.json`);
      saveTokenizer(path, tokens);
      const loaded = loadTokenizer(path);
      expect(loaded.name).to.equal(tokens.name);
      expect(loaded.vocabulary).to.equal(tokens.vocabulary);
      expect(loaded.encode(text)).to.deep.equal(tokens.encode(text));
      expect(loaded.decode(loaded.encode(text))).to.equal(text);
      expect(loaded.toJSON()).to.deep.equal(tokens.toJSON());
      expect(readdirSync(folder).filter((file) => file.startsWith(`${name}.json`))).to.have.length(1);
    });

  it('keep a token named __proto__ a token', () => {
    const tokens = [...alphabet, '__proto__', 'constructor'];
    const json = JSON.parse(JSON.stringify(bpeToJson({ tokens, merges: [] }))) as { model: { vocab: Json } };
    expect(Object.hasOwn(json.model.vocab, '__proto__')).to.equal(true);
    expect(bpeFromJson(json)).to.deep.equal({ tokens, merges: [] });
    expect(tokenizerFromJson(json).decode([256, 257])).to.equal('__proto__constructor');
  });

  it('are refused when missing, cut short, too large or not JSON', () => {
    const path = join(folder, 'bad.json');
    expect(() => loadTokenizer(join(folder, 'none.json'))).to.throw(FileError, /none\.json.*ENOENT/);
    expect(() => loadTokenizer(folder)).to.throw(FileError, /readable JSON/);
    const whole = readFileSync(join(folder, 'bpe.json'), 'utf8');
    for (const damaged of ['', '{', whole.slice(0, whole.length / 2), '\u0000', '['.repeat(100_000)]) {
      writeFileSync(path, damaged);
      expect(() => loadTokenizer(path), damaged.slice(0, 20)).to.throw(FileError, /bad\.json/);
    }
    truncateSync(path, 64 * 2 ** 20 + 1); // grows the file without writing it
    expect(() => loadTokenizer(path)).to.throw(FileError, /at most 67108864/);
    expect(() => saveTokenizer(join(folder, 'no', 'folder.json'), byteTokenizer())).to.throw(
      FileError,
      /writable/,
    );
  });

  it('are refused with the field that is wrong', () => {
    const good = JSON.stringify((made['bpe'] as Tokenizer).toJSON());
    const changed = (change: (file: Json, model: Json, vocab: Json) => void): unknown => {
      const file = JSON.parse(good) as { model: Json & { vocab: Json } } & Json;
      change(file, file.model, file.model.vocab);
      return file;
    };
    const faults: [field: RegExp, change: (file: Json, model: Json, vocab: Json) => void][] = [
      [/'model'/, (file) => (file['model'] = [])],
      [/'model.type'/, (_, model) => (model['type'] = 'Unigram')],
      [/'normalizer'/, (file) => (file['normalizer'] = { type: 'NFC' })],
      [/'added_tokens'/, (file) => (file['added_tokens'] = [{ id: 0, content: '<s>' }])],
      [/'pre_tokenizer'/, (file) => delete file['pre_tokenizer']],
      [/'pre_tokenizer.type'/, (file) => (file['pre_tokenizer'] = { type: 'Whitespace' })],
      [/add_prefix_space/, (file) => (file['pre_tokenizer'] = { type: 'ByteLevel', add_prefix_space: true })],
      [
        /use_regex/,
        (f) => (f['pre_tokenizer'] = { type: 'ByteLevel', add_prefix_space: false, use_regex: false }),
      ],
      [/'model.dropout'/, (_, model) => (model['dropout'] = 0.1)],
      [/'model.byte_fallback'/, (_, model) => (model['byte_fallback'] = true)],
      [/'model.vocab'.*each once/, (_, __, vocab) => (vocab['Ġ'] = 0)],
      [/'model.vocab'.*each once/, (_, __, vocab) => (vocab['Ġ'] = 2 ** 31)],
      [/'model.vocab'.*each once/, (_, __, vocab) => (vocab['Ġ'] = -1)],
      [/'model.vocab'.*each once/, (_, __, vocab) => (vocab['Ġ'] = 1.5)],
      [/'model.vocab'.*each once/, (_, __, vocab) => (vocab['Ġ'] = '7')],
      [/'model.vocab'.*byte alphabet/, (_, __, vocab) => (vocab['日'] = Object.keys(vocab).length)],
      [/'model.vocab'.*byte alphabet/, (_, __, vocab) => (vocab[''] = Object.keys(vocab).length)],
      [/'model.vocab'.*256 byte/, (_, model) => (model['vocab'] = { a: 0 })],
      [/'model.merges'.*list/, (_, model) => (model['merges'] = 'a b')],
      [/'model.merges'.*pairs of tokens/, (_, model) => (model['merges'] = ['nothing here'])],
      [/'model.merges'.*pairs of tokens/, (_, model) => (model['merges'] = ['a b c'])],
      [/'model.merges'.*pairs of tokens/, (_, model) => (model['merges'] = [['a']])],
      [/'model.merges'.*pairs of tokens/, (_, model) => (model['merges'] = [7])],
      [/'model.merges'.*product/, (_, model) => (model['merges'] = ['z z'])],
      [/'model.merges'.*each pair once/, (_, model) => (model['merges'] as unknown[]).push('h e')],
    ];
    expect(() => tokenizerFromJson(changed(() => {}))).to.not.throw();
    for (const [field, change] of faults)
      expect(() => tokenizerFromJson(changed(change))).to.throw(FileError, field);
  });

  it('may write merges in either of the two spellings', () => {
    const json = JSON.parse(JSON.stringify((made['bpe'] as Tokenizer).toJSON())) as {
      model: { merges: unknown };
    };
    const spelled = (json.model.merges as string[]).map((merge) => merge.split(' '));
    json.model.merges = spelled;
    expect(tokenizerFromJson(json).encode(text)).to.deep.equal((made['bpe'] as Tokenizer).encode(text));
  });

  it('of the character kind are refused with the field that is wrong', () => {
    const file = { format: 'attention-lab/characters', version: 1 };
    for (const symbols of [undefined, [], ['ab'], [''], ['a', 'a'], [7], 'abc', { length: 3 }])
      expect(() => tokenizerFromJson({ ...file, symbols })).to.throw(FileError, /'symbols'/);
    for (const unknown of ['b', 7, null, ''])
      expect(() => tokenizerFromJson({ ...file, symbols: ['a'], unknown })).to.throw(FileError, /'unknown'/);
    for (const other of [null, 7, 'x', [], {}, { ...file, version: 2 }, { format: 'toString', version: 1 }])
      expect(() => tokenizerFromJson(other)).to.throw(FileError, /tokenizerFromJson/);
  });

  it('never do anything but load or throw FileError, whatever is changed in them', () => {
    const files = Object.values(made).map((tokens) => JSON.stringify(tokens.toJSON()));
    const noise = fc.constantFrom(
      '',
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '0',
      '1e999',
      'null',
      '"__proto__"',
      'Ġ',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(9),
        noise,
        (...change) => {
          const [file, place, removed, added] = change;
          const at = Math.floor(place * file.length);
          const path = join(folder, 'mutant.json');
          writeFileSync(path, file.slice(0, at) + added + file.slice(at + removed));
          try {
            const tokens = loadTokenizer(path);
            expect(tokens.decode(Int32Array.of(0, tokens.vocabulary - 1))).to.be.a('string');
          } catch (error) {
            expect(error).to.be.instanceOf(FileError);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { ConfigError, StoppedError } from '../../src/core/errors';
import { trainBpe, type BpeProgress } from '../../src/data/bpe';
import { bpeFromJson, type BpeModel } from '../../src/data/bpeJson';
import { bpeTokenizer, type BpeTokenizer } from '../../src/data/bpeTokenizer';
import { alphabet, byteSymbols, pieces } from '../../src/data/byteLevel';
import { hashText, loadCorpus } from '../../src/data/corpora';

// few characters, so that pairs repeat and overlap: runs of one letter are where merging goes wrong
const repetitive = fc.string({
  unit: fc.constantFrom('a', 'a', 'b', 'c', ' ', 'é', '1', '\n', "'s"),
  maxLength: 60,
});
const toSymbols = (piece: string): string[] =>
  [...Buffer.from(piece, 'utf8')].map((byte) => byteSymbols[byte] as string);

/** The oracle: counts every pair anew before each merge, over strings, with no queue and no bookkeeping. */
function trainNaively(text: string, vocabulary: number): BpeModel {
  const words = [...pieces(text)].map(toSymbols);
  const tokens = [...alphabet];
  const merges: [number, number][] = [];
  while (tokens.length < vocabulary) {
    const counts = new Map<string, { count: number; left: number; right: number }>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const [left, right] = [tokens.indexOf(word[i] as string), tokens.indexOf(word[i + 1] as string)];
        const entry = counts.get(`${left} ${right}`) ?? { count: 0, left, right };
        counts.set(`${left} ${right}`, { ...entry, count: entry.count + 1 });
      }
    const order = [...counts.values()].sort(
      (a, b) => b.count - a.count || a.left - b.left || a.right - b.right,
    );
    const best = order[0];
    if (!best || best.count < 2) break;
    const [left, right] = [tokens[best.left] as string, tokens[best.right] as string];
    merges.push([best.left, best.right]);
    tokens.push(left + right);
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
  }
  return { tokens, merges };
}

/** The oracle of encoding: looks for the earliest possible merge, leftmost first, one at a time. */
function encodeNaively({ tokens, merges }: BpeModel, text: string): number[] {
  return [...pieces(text)].flatMap((piece) => {
    const word = toSymbols(piece).map((symbol) => tokens.indexOf(symbol));
    for (;;) {
      const ranks = word.map((left, i) => merges.findIndex(([a, b]) => a === left && b === word[i + 1]));
      const possible = ranks.filter((rank) => rank >= 0);
      if (possible.length === 0) return word;
      const rank = Math.min(...possible);
      const [left, right] = merges[rank] as [number, number];
      word.splice(ranks.indexOf(rank), 2, tokens.indexOf(`${tokens[left]}${tokens[right]}`));
    }
  });
}

describe('pieces', () => {
  it('together are the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => void expect([...pieces(text)].join('')).to.equal(text),
      ),
    );
  });

  it('are cut as in GPT-2', () => {
    const text = "I'll  say: 'twas Ahab's\n\n 3rd leg—no?";
    const cut = [
      'I',
      "'ll",
      ' ',
      ' say',
      ':',
      " '",
      'twas',
      ' Ahab',
      "'s",
      '\n\n',
      ' 3',
      'rd',
      ' leg',
      '—',
      'no',
      '?',
    ];
    expect([...pieces(text)]).to.deep.equal(cut);
  });
});

let onMobyDick: BpeTokenizer;
before(async () => void (onMobyDick = await trainBpe(loadCorpus('moby-dick').text, { vocabulary: 2048 })));

describe('trainBpe', () => {
  it('finds the merges of the naive trainer', async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, fc.integer({ min: 256, max: 280 }), async (text, vocabulary) => {
        const { model } = await trainBpe(text, { vocabulary });
        expect(model).to.deep.equal(trainNaively(text, vocabulary));
      }),
      { numRuns: 150 },
    );
  });

  it('breaks ties by the smaller left id, then the smaller right id', async () => {
    const { model } = await trainBpe('xz\nxz\nyx\nyx\nxy\nxy', { vocabulary: 259 });
    const names = model.merges.map((pair) => pair.map((id) => model.tokens[id]).join(' '));
    expect(names).to.deep.equal(['x y', 'x z', 'y x']);
  });

  it('ends early when no pair occurs twice', async () => {
    const { model, vocabulary } = await trainBpe('abcd', { vocabulary: 300 });
    expect(model).to.deep.equal({ tokens: alphabet, merges: [] });
    expect(vocabulary).to.equal(256);
    expect((await trainBpe('', { vocabulary: 300 })).vocabulary).to.equal(256);
  });

  it('finds on Moby-Dick the 1,792 merges that the trainer of Hugging Face tokenizers 0.23.3 finds', () => {
    const { model } = onMobyDick;
    const lines = model.merges.map(([left, right]) => `${model.tokens[left]} ${model.tokens[right]}`);
    expect(lines.slice(0, 3)).to.deep.equal(['Ġ t', 'h e', 'Ġ a']);
    expect(lines).to.have.length(1792);
    expect(hashText(lines.join('\n'))).to.equal(
      'abcaebd9c86e1839994e806ce40be05c6a922be5209451e0f7408fe6fef00bec',
    );
  });

  it('reports progress, lets timers run, and stops when told', async () => {
    const text = loadCorpus('moby-dick').text;
    const reports: BpeProgress[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await trainBpe(text, { vocabulary: 1024, onProgress: (report) => reports.push(report) });
    clearInterval(timer);
    expect(ticks).to.be.above(2);
    expect(reports.at(-1)).to.deep.equal({ tokens: 1024, vocabulary: 1024 });
    expect(reports.map(({ tokens }) => tokens)).to.deep.equal(
      reports.map((r) => r.tokens).sort((a, b) => a - b),
    );

    const stop = new AbortController();
    let after = 0;
    const stopped = trainBpe(text, {
      vocabulary: 4096,
      signal: stop.signal,
      onProgress: () => (stop.signal.aborted ? after++ : stop.abort()),
    });
    expect(await stopped.catch((error: unknown) => error)).to.be.instanceOf(StoppedError);
    expect(after).to.equal(0);
  });

  it('refuses to start when stopped already, and fewer tokens than bytes', async () => {
    const refused = async (options: Parameters<typeof trainBpe>[1]) =>
      trainBpe('text', options).catch((error: unknown) => error);
    expect(await refused({ vocabulary: 300, signal: AbortSignal.abort() })).to.be.instanceOf(StoppedError);
    expect(await refused({ vocabulary: 255 })).to.be.instanceOf(ConfigError);
    expect(await refused({ vocabulary: 300.5 })).to.be.instanceOf(ConfigError);
  });
});

describe('bpeTokenizer', () => {
  it('encodes as the naive encoder and decodes back, on text it was not trained on', async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, repetitive, async (text, other) => {
        const tokens = await trainBpe(text, { vocabulary: 280 });
        for (const sample of [text, other]) {
          expect([...tokens.encode(sample)]).to.deep.equal(encodeNaively(tokens.model, sample));
          expect(tokens.decode(tokens.encode(sample))).to.equal(sample);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('brings any text back', async () => {
    const tokens = await trainBpe(loadCorpus('moby-dick').text.slice(0, 50_000), { vocabulary: 400 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => void expect(tokens.decode(tokens.encode(text))).to.equal(text),
      ),
    );
    expect(tokens.decode(tokens.encode('a\uD800b'))).to.equal('a\uFFFDb');
  });

  it('takes a long piece without white space in its stride', () => {
    const chain: [number, number][] = [];
    const tokens = [...alphabet];
    const a = tokens.indexOf('a');
    for (let length = 2; length <= 1024; length *= 2) {
      const half = length === 2 ? a : tokens.length - 1;
      chain.push([half, half]);
      tokens.push('a'.repeat(length));
    }
    const encoded = bpeTokenizer({ tokens, merges: chain }).encode('a'.repeat(200_001));
    expect(encoded).to.have.length(195 + 3); // 200,001 = 195 · 1024 + 256 + 64 + 1
  });

  it('refuses ids outside its vocabulary', async () => {
    const tokens = await trainBpe('', { vocabulary: 256 });
    expect(() => tokens.decode([256])).to.throw(ConfigError, /bpeTokenizer: argument 'ids'/);
  });
});

describe('tokenizer.json', () => {
  it('is loaded by the Hugging Face library, which encodes and decodes 1 MB of text the same', () => {
    const sample = loadCorpus('moby-dick').text.slice(0, 1_000_000);
    const tokens = onMobyDick;
    const file = JSON.stringify(tokens.toJSON());
    const theirs = new HuggingFaceTokenizer(JSON.parse(file) as object, {});
    const ids = tokens.encode(sample);
    expect(Buffer.byteLength(sample)).to.be.above(1_000_000);
    const expected = theirs.encode(sample, { add_special_tokens: false }).ids;
    expect(ids).to.have.length(expected.length);
    expect(ids.findIndex((id, i) => id !== expected[i])).to.equal(-1);
    expect(theirs.decode(expected, { clean_up_tokenization_spaces: false }) === sample, 'decodes').to.equal(
      true,
    );
    const ours = bpeTokenizer(bpeFromJson(JSON.parse(file)));
    expect(ours.model).to.deep.equal(tokens.model);
    expect(ours.encode(sample).every((id, i) => id === ids[i])).to.equal(true);
  });

  it('is read the same by both on text of every script', async () => {
    const tokens = await trainBpe(loadCorpus('moby-dick').text.slice(0, 100_000), { vocabulary: 600 });
    const theirs = new HuggingFaceTokenizer(JSON.parse(JSON.stringify(tokens.toJSON())) as object, {});
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const { ids } = theirs.encode(text, { add_special_tokens: false });
        expect([...tokens.encode(text)]).to.deep.equal(ids);
      }),
      { numRuns: 300 },
    );
  });
});

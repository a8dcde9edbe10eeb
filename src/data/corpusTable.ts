import { corpusNames, loadCorpus, type Corpus } from './corpora';
import { yardsticks } from './entropy';
import { byteTokenizer } from './tokenizer';

/** A text in numbers. */
export interface CorpusStatistics {
  readonly title: string;
  readonly source: string;
  readonly bytes: number;
  readonly characters: number;
  /** Different characters. */
  readonly symbols: number;
  /** Runs of letters, with apostrophes inside. */
  readonly words: number;
  /** Bits per byte of byte frequencies (unigram) and byte pairs (bigram) on the last tenth of the text. */
  readonly unigramBits: number;
  readonly bigramBits: number;
}

/** Counts a text. */
export function corpusStatistics({ title, source, text, bytes, characters }: Corpus): CorpusStatistics {
  const costs = yardsticks(byteTokenizer().encode(text), { vocabulary: 256, bytesPerToken: 1 });
  const bits = (name: string): number => costs.find((line) => line.name === name)?.bitsPerByte ?? NaN;
  const words = text.match(/\p{L}+(?:'\p{L}+)*/gu)?.length ?? 0;
  const symbols = new Set(text).size;
  return {
    title,
    source,
    bytes,
    characters,
    symbols,
    words,
    unigramBits: bits('unigram'),
    bigramBits: bits('bigram'),
  };
}

/**
 * The shipped texts as a Markdown table, counted now.
 *
 * @throws FileError when a text is not installed.
 */
export function corpusTable(corpora: readonly Corpus[] = corpusNames.map(loadCorpus)): string {
  const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
  const rows = corpora
    .map(corpusStatistics)
    .map((text) => [
      text.title,
      `\`${text.source}\``,
      grouped(text.bytes),
      grouped(text.words),
      String(text.symbols),
      text.unigramBits.toFixed(3),
      text.bigramBits.toFixed(3),
    ]);
  const head = ['Text', 'Package', 'Bytes', 'Words', 'Characters', 'Unigram, bits/byte', 'Bigram, bits/byte'];
  const rule = ['---', '---', '--:', '--:', '--:', '--:', '--:'];
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

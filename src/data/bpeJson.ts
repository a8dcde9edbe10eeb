import { FileError } from '../core/errors';
import { byteSymbols, tokenBytes } from './byteLevel';

/** What training finds: the tokens by id, and the merges in the order in which they are applied. */
export interface BpeModel {
  /** Written in the byte alphabet: one printable character per byte, `Ġ` for a space. */
  readonly tokens: readonly string[];
  /** Ids of the left and the right half; the merged token is the one whose text is both together. */
  readonly merges: readonly (readonly [left: number, right: number])[];
}

const largestVocabulary = 1_000_000;

/** What every file written here says besides its model; a file that says otherwise works in another way. */
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** The model as a `tokenizer.json` of the Hugging Face tokenizers library, as plain JSON. */
export function bpeToJson({ tokens, merges }: BpeModel): unknown {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      // fromEntries makes even '__proto__' an ordinary key
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      // the older of the two spellings: every reader knows it, and no byte symbol is a space
      merges: merges.map(([left, right]) => `${tokens[left]} ${tokens[right]}`),
    },
  };
}

/**
 * Reads a `tokenizer.json` of a byte-level BPE. Files from elsewhere are read too, as long as they work as ours do: no
 * normalizer, no added tokens, no space put before the text.
 *
 * @throws FileError naming the field that is missing, wrong or not supported.
 */
export function bpeFromJson(json: unknown): BpeModel {
  const file = record(json, 'the file');
  const model = record(file['model'], 'model');
  const splitter = record(file['pre_tokenizer'], 'pre_tokenizer');
  demand(model['type'] === 'BPE', 'model.type', "'BPE'");
  demand(splitter['type'] === 'ByteLevel', 'pre_tokenizer.type', "'ByteLevel'");
  demand(splitter['add_prefix_space'] === false, 'pre_tokenizer.add_prefix_space', 'false');
  demand(splitter['use_regex'] !== false, 'pre_tokenizer.use_regex', 'true');
  demand(file['normalizer'] == null, 'normalizer', 'null');
  const added = file['added_tokens'] ?? [];
  demand(Array.isArray(added) && added.length === 0, 'added_tokens', 'empty');
  for (const field of [
    'dropout',
    'byte_fallback',
    'ignore_merges',
    'continuing_subword_prefix',
    'end_of_word_suffix',
  ])
    demand(!model[field], `model.${field}`, 'null, false or empty');
  const tokens = readTokens(record(model['vocab'], 'model.vocab'));
  return { tokens, merges: readMerges(model['merges'], tokens) };
}

function readTokens(vocab: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(vocab);
  demand(entries.length <= largestVocabulary, 'model.vocab', `at most ${largestVocabulary} tokens`);
  const tokens = new Array<string | undefined>(entries.length);
  for (const [token, id] of entries) {
    const free = typeof id === 'number' && !(id in tokens) && Number.isInteger(id) && id >= 0;
    demand(free && id < entries.length, 'model.vocab', 'the ids 0, 1, 2 … each once');
    demand(token !== '' && tokenBytes(token) !== undefined, 'model.vocab', 'tokens in the byte alphabet');
    tokens[id] = token;
  }
  for (const symbol of byteSymbols)
    demand(Object.hasOwn(vocab, symbol), 'model.vocab', 'all 256 byte symbols');
  return tokens as string[];
}

function readMerges(merges: unknown, tokens: readonly string[]): [left: number, right: number][] {
  demand(Array.isArray(merges), 'model.merges', 'a list');
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const seen = new Set<string>();
  return merges.map((merge: unknown): [number, number] => {
    const halves: unknown = typeof merge === 'string' ? merge.split(' ', 3) : merge;
    const pair = Array.isArray(halves) && halves.length === 2 ? (halves as unknown[]) : [];
    const [left, right] = pair.map((half) => (typeof half === 'string' ? ids.get(half) : undefined));
    demand(left !== undefined && right !== undefined, 'model.merges', 'pairs of tokens of the vocabulary');
    const product = `${tokens[left]}${tokens[right]}`;
    demand(ids.has(product), 'model.merges', 'pairs whose product is in the vocabulary');
    const key = `${left} ${right}`;
    demand(!seen.has(key), 'model.merges', 'each pair once');
    seen.add(key);
    return [left, right];
  });
}

function record(value: unknown, field: string): Readonly<Record<string, unknown>> {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), field, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function demand(condition: boolean, field: string, expected: string): asserts condition {
  if (!condition)
    throw new FileError(
      `bpeFromJson: field '${field}' must be ${expected} in a byte-level BPE tokenizer.json`,
    );
}

import { byteSymbols, pieces, tokenBytes } from './byteLevel';
import { bpeToJson, type BpeModel } from './bpeJson';
import { PairQueue } from './pairQueue';
import { checkedId, decodeUtf8, type Tokenizer } from './tokenizer';

/** A byte-level BPE tokenizer together with its model. */
export interface BpeTokenizer extends Tokenizer {
  readonly model: BpeModel;
}

// pieces repeat a lot: most of a text is answered from here; emptied when full, so that it stays bounded
const cachedPieces = 1 << 16;
const longestCachedPiece = 256;

/**
 * The tokenizer of a byte-level BPE model (Sennrich, Haddow and Birch 2016, https://arxiv.org/abs/1508.07909; over bytes
 * as in GPT-2, Radford et al. 2019). A piece of n bytes takes O(n log n).
 *
 * @param model consistent, as `trainBpe` and `bpeFromJson` give it: all 256 byte symbols are tokens, and so is
 * the product of every merge.
 */
export function bpeTokenizer(model: BpeModel): BpeTokenizer {
  const vocabulary = model.tokens.length;
  const ids = new Map(model.tokens.map((token, id) => [token, id]));
  const idOf = (token: string): number => ids.get(token) as number;
  const byteIds = Int32Array.from(byteSymbols, idOf);
  const bytes = model.tokens.map((token) => tokenBytes(token) as Uint8Array);
  const ranks = new Map(model.merges.map(([left, right], rank) => [left * vocabulary + right, rank]));
  const products = Int32Array.from(model.merges, ([left, right]) =>
    idOf((model.tokens[left] as string) + (model.tokens[right] as string)),
  );
  const mergePiece = merger((left, right) => ranks.get(left * vocabulary + right), products);
  const utf8 = new TextEncoder();
  const cache = new Map<string, Int32Array>();

  function encodePiece(piece: string): Int32Array {
    const known = cache.get(piece);
    if (known) return known;
    const encoded = mergePiece(Int32Array.from(utf8.encode(piece), (byte) => byteIds[byte] as number));
    if (cache.size >= cachedPieces) cache.clear();
    if (piece.length <= longestCachedPiece) cache.set(piece, encoded);
    return encoded;
  }

  return Object.freeze<BpeTokenizer>({
    name: 'bpe',
    vocabulary,
    model,
    encode(text) {
      const encoded: number[] = [];
      for (const piece of pieces(text)) for (const id of encodePiece(piece)) encoded.push(id);
      return Int32Array.from(encoded);
    },
    decode(encoded) {
      const parts: Uint8Array[] = [];
      for (let i = 0; i < encoded.length; i++)
        parts.push(bytes[checkedId(encoded[i], vocabulary, 'bpeTokenizer')] as Uint8Array);
      return decodeUtf8(Buffer.concat(parts));
    },
    toJSON: () => bpeToJson(model),
  });
}

/** Applies merges to one piece: always the earliest merge that is possible, among equals the leftmost. */
function merger(rankOf: (left: number, right: number) => number | undefined, products: Int32Array) {
  const queue = new PairQueue();
  return (symbols: Int32Array): Int32Array => {
    const length = symbols.length;
    // a linked list over the places: merging keeps the left place and unlinks the right one
    const next = Int32Array.from(symbols, (_, i) => i + 1);
    const previous = Int32Array.from(symbols, (_, i) => i - 1);
    const rankAt = (place: number): number | undefined => {
      const right = next[place] as number;
      return right < length ? rankOf(symbols[place] as number, symbols[right] as number) : undefined;
    };
    const offer = (place: number): void => {
      const rank = rankAt(place);
      if (rank !== undefined) queue.push(rank, place);
    };
    const gone = -1;
    queue.clear();
    for (let place = 0; place < length; place++) offer(place);
    for (let best = queue.pop(); best; best = queue.pop()) {
      const [rank, place] = best;
      // an offer is stale when one of its halves has been merged since
      if (symbols[place] === gone || rankAt(place) !== rank) continue;
      const right = next[place] as number;
      const after = next[right] as number;
      symbols[place] = products[rank] as number;
      symbols[right] = gone;
      next[place] = after;
      if (after < length) previous[after] = place;
      if ((previous[place] as number) >= 0) offer(previous[place] as number);
      offer(place);
    }
    return symbols.filter((symbol) => symbol !== gone);
  };
}

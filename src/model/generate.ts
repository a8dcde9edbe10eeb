import { expect, expectInteger } from '../core/errors';
import type { Seed } from '../core/random';
import { Random } from '../core/random';
import { stopSignal, yieldToEventLoop } from '../core/signal';
import { tf } from '../core/tf';
import type { LanguageModel, ModelState } from './languageModel';
import { disposeState } from './languageModel';

export interface GenerateOptions {
  /** How many tokens to add. */
  readonly tokens: number;
  /** 0 always takes the likeliest token; 1 samples from the model as it is. Default 1. */
  readonly temperature?: number;
  /** Sample among this many likeliest tokens only. Default: all. */
  readonly topK?: number;
  readonly seed: Seed;
  /** Called with every token as it is drawn, and with the floats the decoding state holds. */
  readonly onToken?: (token: number, stateFloats: number) => void;
  /** Stops early; the tokens drawn so far are returned. */
  readonly signal?: AbortSignal;
}

/**
 * Continues a prompt token by token with the recurrent form: constant work and memory per token for linear variants.
 *
 * Prompt and new tokens together should stay within the model's `context`. Beyond it, learned positions throw
 * `ConfigError`; ELiTA's position functions go on as the straight ramps they are, which no training has seen (a `span`
 * below 1 leaves room); rotary, sinusoidal and absent positions go on, untrained as well.
 *
 * Returns the new tokens only. The same model, prompt and seed give the same tokens. Throws `ConfigError` on an
 * empty prompt, a token outside the vocabulary, or a variant without a recurrent form.
 *
 * @example
 * const tokens = await generate(model, [...tokenizer.encode('Call me ')], { tokens: 200, temperature: 0.8, seed: 1 });
 */
export async function generate(
  model: LanguageModel,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<number[]> {
  const { tokens, temperature = 1, topK = model.vocabulary } = options;
  expectInteger(tokens, 'generate', 'tokens', 0);
  expectInteger(topK, 'generate', 'topK');
  expect(temperature >= 0, 'generate', 'temperature', 'a number >= 0', temperature);
  expect(prompt.length > 0, 'generate', 'prompt', 'at least one token', prompt.length);
  const stray = prompt.find((token) => !Number.isInteger(token) || token < 0 || token >= model.vocabulary);
  expect(stray === undefined, 'generate', 'prompt', `integers from 0 to ${model.vocabulary - 1}`, stray);

  const random = new Random(options.seed);
  const signal = stopSignal(options.signal);
  const made: number[] = [];
  let state: ModelState = model.initialState();
  const read = (token: number): Float32Array => {
    const ids = tf.tensor1d([token], 'int32');
    const next = model.step(state, ids);
    disposeState(state, next.state);
    state = next.state;
    const logits = next.logits.dataSync<'float32'>();
    tf.dispose([ids, next.logits]);
    return logits;
  };
  try {
    let logits: Float32Array = new Float32Array();
    for (const token of prompt) {
      if (signal?.aborted) return made;
      logits = read(token);
      await yieldToEventLoop();
    }
    while (made.length < tokens && !signal?.aborted) {
      const token = sample(logits, temperature, topK, random);
      made.push(token);
      options.onToken?.(
        token,
        state.layers.reduce((sum, layer) => sum + Object.values(layer).reduce((n, t) => n + t.size, 0), 0),
      );
      if (made.length < tokens) logits = read(token);
      await yieldToEventLoop();
    }
    return made;
  } finally {
    disposeState(state);
  }
}

/** Draws a token: softmax of logits / temperature over the `topK` largest. */
function sample(logits: Float32Array, temperature: number, topK: number, random: Random): number {
  const order = Array.from(logits.keys()).sort(
    (a, b) => (logits[b] as number) - (logits[a] as number) || a - b,
  );
  const best = order[0] as number;
  if (temperature === 0) return best;
  const kept = order.slice(0, topK);
  const weights = kept.map((token) =>
    Math.exp(((logits[token] as number) - (logits[best] as number)) / temperature),
  );
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [rank, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return kept[rank] as number;
  }
  return best;
}

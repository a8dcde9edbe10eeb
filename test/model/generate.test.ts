import { expect } from 'chai';
import { attentions } from '../../src/attention';
import type { AnyAttention } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { generate } from '../../src/model/generate';
import { languageModel } from '../../src/model/languageModel';
import { mlp } from '../../src/modules/feedForward';
import { layerNorm } from '../../src/modules/norm';

const small = (attention: AnyAttention): ReturnType<typeof languageModel> =>
  languageModel(
    {
      vocabulary: 7,
      width: 8,
      heads: 2,
      layers: 2,
      context: 64,
      attention,
      feedForward: mlp,
      norm: layerNorm,
      head: 'untied',
    },
    3,
  );

describe('generate', () => {
  it('takes the token that the whole-sequence form finds likeliest', async () => {
    const model = small(attentions.linear);
    const made = await generate(model, [1, 2, 3], { tokens: 9, temperature: 0, seed: 1 });
    const sequence = [1, 2, 3];
    for (const token of made) {
      const best = tf.tidy(() => {
        const logits = model.apply(tf.tensor2d([sequence], undefined, 'int32'));
        return tf.argMax(tf.slice(logits, [0, sequence.length - 1, 0], [1, 1, 7]).flatten()).dataSync()[0];
      });
      expect(token).to.equal(best);
      sequence.push(token);
    }
    model.dispose();
  });

  it('is repeatable, differs between seeds, and obeys topK', async () => {
    const model = small(attentions.elita);
    const run = (seed: number, topK?: number): Promise<number[]> =>
      generate(model, [0], { tokens: 40, seed, temperature: 2, ...(topK && { topK }) });
    expect(await run(1)).to.deep.equal(await run(1));
    expect(await run(1)).not.to.deep.equal(await run(2));
    expect(await run(5, 1)).to.deep.equal(
      await generate(model, [0], { tokens: 40, seed: 8, temperature: 0 }),
    );
    model.dispose();
  });

  it('keeps its memory constant for a linear variant and growing for softmax', async () => {
    for (const [variant, grows] of [
      [attentions.elita, false],
      [attentions.softmax, true],
    ] as const) {
      const model = small(variant);
      const before = tf.memory().numTensors;
      const floats: number[] = [];
      await generate(model, [0], {
        tokens: 30,
        seed: 1,
        onToken: (_, stateFloats) => floats.push(stateFloats),
      });
      expect((floats.at(-1) as number) > (floats[0] as number)).to.equal(grows);
      expect(floats[0]).to.equal(model.stateSize(1));
      expect(tf.memory().numTensors).to.equal(before);
      model.dispose();
    }
  });

  it('stops at its signal and returns what it has', async () => {
    const model = small(attentions.linear);
    const stop = new AbortController();
    const made = await generate(model, [0], {
      tokens: 1000,
      seed: 1,
      signal: stop.signal,
      onToken: () => stop.abort(),
    });
    expect(made).to.have.length(1);
    model.dispose();
  });

  it('names the argument that is wrong', async () => {
    const model = small(attentions.linear);
    const failure = async (prompt: number[], tokens = 1): Promise<unknown> =>
      generate(model, prompt, { tokens, seed: 1 }).catch((error: unknown) => error);
    expect(await failure([]))
      .to.be.instanceOf(ConfigError)
      .with.property('message', "generate: argument 'prompt' must be at least one token, got 0");
    expect(await failure([9]))
      .to.be.instanceOf(ConfigError)
      .with.property('message', "generate: argument 'prompt' must be integers from 0 to 6, got 9");
    expect(await failure([0], -1)).to.be.instanceOf(ConfigError);
    model.dispose();
  });
});

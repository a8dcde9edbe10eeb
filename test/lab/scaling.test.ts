import { expect } from 'chai';
import { attentions } from '../../src/attention';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { scaling } from '../../src/lab/scaling';
import { fitSlope } from '../../src/plot/slope';

describe('scaling', () => {
  it('counts memory that grows with T for ELiTA, and with its square for the definition of ELiTA', async () => {
    const { chunkwise, ...definition } = attentions.elita;
    expect(chunkwise).to.be.a('function');
    const before = tf.memory().numTensors;
    const { memory, time, stopped } = await scaling({
      variants: [attentions.elita, definition],
      lengths: [256, 512, 1024],
      repeats: 1,
    });
    expect(tf.memory().numTensors).to.equal(before);
    expect(stopped).to.equal(false);
    const slopes = memory.map(
      ({ points }) =>
        fitSlope(
          points.map((p) => p.length),
          points.map((p) => p.value),
        ).slope,
    );
    expect(slopes[0]).to.be.within(0.95, 1.05);
    expect(slopes[1]).to.be.within(1.8, 2.05);
    expect(time.map(({ points }) => points.length)).to.deep.equal([3, 3]);
    // inputs alone: v and three logits per token, 4 bytes each
    expect(memory[0]?.points[0]?.value).to.be.above((4 * (256 * 64 + 3 * 4 * 256)) / 1e6);
  });

  it('stops at its signal with what it has, and frees the inputs', async () => {
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const { time, stopped } = await scaling({
      variants: [attentions.linear],
      lengths: [16, 32, 64],
      repeats: 2,
      signal: stop.signal,
      onProgress: (done) => {
        if (done === 3) stop.abort();
      },
    });
    expect(stopped).to.equal(true);
    expect(time[0]?.points.map(({ length }) => length)).to.deep.equal([16]);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('frees the inputs of earlier variants when a later one cannot be prepared', async () => {
    const before = tf.memory().numTensors;
    const broken = {
      ...attentions.elita,
      project(): never {
        throw new ConfigError('broken on purpose');
      },
    };
    const failure: unknown = await scaling({ variants: [attentions.linear, broken], lengths: [16] }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(ConfigError).with.property('message', 'broken on purpose');
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('names the argument that is wrong', async () => {
    const failure = (lengths: number[]): Promise<unknown> =>
      scaling({ variants: [attentions.linear], lengths }).catch((error: unknown) => error);
    expect(await failure([]))
      .to.be.instanceOf(ConfigError)
      .with.property('message', "scaling: argument 'lengths' must be at least one length, got 0");
    expect(await failure([1.5])).to.be.instanceOf(ConfigError);
  });
});

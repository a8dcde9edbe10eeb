import { expect } from 'chai';
import { attentions } from '../../src/attention';
import type { AnyAttention } from '../../src/attention/variant';
import { defineAttention } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { attentionLayer } from '../../src/model/layers';

describe('attentionLayer', () => {
  for (const variant of Object.values(attentions) as AnyAttention[]) {
    it(`${variant.meta.name}: trains with fit, then saves and loads`, async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.inputLayer({ inputShape: [9, 8] }),
          attentionLayer(variant, { width: 8, heads: 2, horizon: 9 }, { seed: 4, name: 'mix' }),
        ],
      });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const x = tf.tidy(() => tf.sin(tf.range(0, 3 * 9 * 8)).reshape([3, 9, 8]));
      const y = tf.tidy(() => tf.cos(tf.range(0, 3 * 9 * 8)).reshape([3, 9, 8]));
      const { history } = await model.fit(x, y, { epochs: 6, verbose: 0 });
      const losses = history['loss'] as number[];
      expect(losses.at(-1)).to.be.below(losses[0] as number);

      let artifacts: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (saved) => {
          artifacts = saved;
          return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
        }),
      );
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
      const [a, b] = [model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
      expect([...a.dataSync()]).to.deep.equal([...b.dataSync()]);
      tf.dispose([x, y, a, b]);
      model.dispose();
      loaded.dispose();
    });
  }

  it('computes with the very variant it was given, one of your own too, and says on loading that it cannot be found', async () => {
    const halved = defineAttention({
      ...attentions.linear,
      meta: { ...attentions.linear.meta, name: 'halved' },
      output: (params, o, x, config) => tf.mul(attentions.linear.output(params, o, x, config), 0.5),
    });
    const sizes = { width: 8, heads: 2 };
    const sequence = (variant: typeof halved) =>
      tf.sequential({
        layers: [
          tf.layers.inputLayer({ inputShape: [5, 8] }),
          attentionLayer(variant, sizes, { seed: 4, name: 'mix' }),
        ],
      });
    const [own, library] = [sequence(halved), sequence(attentions.linear)];
    const x = tf.tidy(() => tf.sin(tf.range(0, 5 * 8)).reshape([1, 5, 8]));
    const [half, full] = [own.predict(x) as tf.Tensor, library.predict(x) as tf.Tensor];
    expect([...half.dataSync()]).to.deep.equal([...full.dataSync()].map((value) => value / 2));

    let saved: tf.io.ModelArtifacts = {};
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    await own.save(handler);
    const failure: unknown = await tf
      .loadLayersModel(tf.io.fromMemory(saved))
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ConfigError);
    expect((failure as Error).message).to.match(/one of softmax, .*, got 'halved'.*load its weights/);
    tf.dispose([x, half, full]);
    own.dispose();
    library.dispose();
  });

  it("does not save a variant under a name that is the library's", () => {
    const layer = attentionLayer({ ...attentions.linear }, { width: 8, heads: 2 }, { seed: 1 });
    expect(() => layer.getConfig()).to.throw(ConfigError, "a name of its own to be saved, got 'linear'");
  });
});

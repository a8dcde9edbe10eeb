import { expect } from 'chai';
import { attentions } from '../../src/attention';
import type { AnyAttention } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { AttentionLayer, attentionLayer } from '../../src/model/layers';

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

  it('names a variant that does not exist', () => {
    expect(() => new AttentionLayer({ variant: 'sofmax', config: { width: 8, heads: 2 }, seed: 1 })).to.throw(
      ConfigError,
      "got 'sofmax'",
    );
  });
});

import { expect } from 'chai';
import { attentions, evaluateBasis, feedForwards, languageModel, learnedBases, norms, tf } from '../../src';
import type { AnyAttention } from '../../src';

const model = (attention: AnyAttention | AnyAttention[], attentionConfig = {}) =>
  languageModel(
    {
      ...{ vocabulary: 11, width: 8, heads: 2, layers: 3, context: 13, attention, attentionConfig },
      ...{ feedForward: feedForwards.none, norm: norms.plainLayerNorm, head: 'tied' },
    },
    5,
  );

describe('learnedBases', () => {
  it('gives the bases that the layers work with, in their order', () => {
    const elita = model(attentions.elita, { span: 0.5 });
    const { basis, names } = learnedBases(elita);
    expect(names).to.deep.equal([1, 2, 3].flatMap((layer) => [1, 2].map((head) => `L${layer} H${head}`)));
    expect(basis).to.include({ horizon: 13, span: 0.5 });
    // row logits with the token part taken away: what remains is P2
    const blocks = elita.parameters['blocks'] as Record<string, { attention: { row: tf.Variable } }>;
    const params = blocks['02']?.attention as { row: tf.Variable };
    params.row.assign(tf.zerosLike(params.row));
    const { row } = elita.attentionInputs(tf.zeros([1, 13], 'int32'), 2);
    const expected = evaluateBasis(basis, 13).row.slice(4);
    (row as tf.Tensor3D)
      .arraySync()[0]
      ?.forEach((logits, head) =>
        logits.forEach((logit, i) => expect(logit).to.be.closeTo(expected[head]?.[i] ?? NaN, 1e-6)),
      );
  });

  it('passes over layers without a basis and refuses models without any', () => {
    const { names } = learnedBases(model([attentions.softmax, attentions.elita]));
    expect(names).to.deep.equal(['L2 H1', 'L2 H2']);
    expect(() => learnedBases(model(attentions.softmax))).to.throw(
      /learnedBases.*'model'.*position basis.*got none/,
    );
  });

  it('reads the horizon that the layers work with: a config cannot name another', () => {
    expect(() => model(attentions.elita, { horizon: 5 })).to.throw(
      "'attentionConfig.horizon' follows from the model's 'context'",
    );
  });

  it('makes no tensors', () => {
    const elita = model(attentions.elita);
    const before = tf.memory().numTensors;
    learnedBases(elita);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

import { expect } from 'chai';
import { attentions } from '../../src/attention';
import type { AnyAttention, Inputs, State } from '../../src/attention/variant';
import { ConfigError, ShapeError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import type { LanguageModelConfig } from '../../src/model/languageModel';
import { disposeState, languageModel } from '../../src/model/languageModel';
import { patchModel } from '../../src/model/patchModel';
import { feedForward2, mlp } from '../../src/modules/feedForward';
import { plainLayerNorm } from '../../src/modules/norm';

const base: LanguageModelConfig = {
  ...{ vocabulary: 11, width: 8, heads: 2, layers: 2, context: 13, attention: attentions.elita },
  ...{ feedForward: feedForward2, norm: plainLayerNorm, head: 'tied' },
};

/** Expects a sentence, and that the attempt left no tensor behind. */
function refuses(
  work: () => unknown,
  says: string | RegExp,
  kind: new (text: string) => Error = ConfigError,
): void {
  const before = tf.memory().numTensors;
  expect(work).to.throw(kind, says);
  expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
}

describe('languageModel: refusals', () => {
  it('a config that a variant, a norm or a feed-forward refuses leaves no weights behind', () => {
    refuses(() => languageModel({ ...base, heads: 3 }, 1), "'heads' must be a divisor of width 8, got 3");
    const attention = [attentions.linear, attentions.elita];
    refuses(
      () => languageModel({ ...base, attention, attentionConfig: { positionWidth: 0 } }, 1),
      "elita: argument 'positionWidth' must be an integer >= 1, got 0",
    );
  });

  for (const [setting, says] of [
    [
      'positionWidht',
      "'attentionConfig.positionWidht' is no setting of elita (did you mean 'positionWidth'?); it knows ",
    ],
    ['bananas', "'attentionConfig.bananas' is no setting of elita; it knows span, "],
    ['width', "'attentionConfig.width' follows from the model's 'width'"],
    ['heads', "'attentionConfig.heads' follows from the model's 'heads'"],
    ['horizon', "'attentionConfig.horizon' follows from the model's 'context'"],
    ['toString', "'attentionConfig.toString' is no setting of elita;"],
  ] as const) {
    it(`attentionConfig.${setting}`, () => {
      refuses(() => languageModel({ ...base, attentionConfig: { [setting]: 4 } }, 1), says);
    });
  }

  it('attentionConfig may hold what one variant of a hybrid knows', () => {
    const attention = [attentions.linear, attentions.elita];
    const attentionConfig = { positionWidth: 3 };
    languageModel({ ...base, attention, attentionConfig }, 1).dispose();
    refuses(
      () => languageModel({ ...base, attention: attentions.linearAsPublished, attentionConfig }, 1),
      /'attentionConfig.positionWidth' is no setting of linearAsPublished/,
    );
  });

  it('feedForwardFactor reaches feedForward2, in the weights too, and is checked', () => {
    const count = (part: Partial<LanguageModelConfig>): number => {
      const model = languageModel({ ...base, ...part }, 1);
      model.dispose();
      return model.parameterCount;
    };
    const grown = 2 * (feedForward2.parameters(8, { linearFactor: 3 }) - feedForward2.parameters(8));
    expect(count({ feedForwardFactor: 3 }) - count({})).to.equal(grown);
    expect(count({ feedForward: mlp, feedForwardFactor: 3 })).to.equal(count({ feedForward: mlp }));
    refuses(
      () => languageModel({ ...base, feedForwardFactor: 0 }, 1),
      "'feedForwardFactor' must be an integer >= 1",
    );
  });

  it('token ids outside the vocabulary, or of another dtype', () => {
    const model = languageModel(base, 1);
    const patches = patchModel({ version: '1.0', form: 'shifted', width: 4, layers: 1, patch: 2 }, 1);
    const state = model.initialState();
    const [high, low, floats, token, bytes] = [
      tf.tensor2d([[1, 11]], [1, 2], 'int32'),
      tf.tensor2d([[-1, 3]], [1, 2], 'int32'),
      tf.tensor2d([[1, 2]]),
      tf.tensor1d([99], 'int32'),
      tf.tensor2d([[256, 2]], [1, 2], 'int32'),
    ];
    refuses(() => model.apply(high), "languageModel.apply: argument 'ids' must be from 0 to 10, got 11");
    refuses(() => model.apply(low), "languageModel.apply: argument 'ids' must be from 0 to 10, got -1");
    refuses(() => model.apply(floats), "'ids' must have dtype int32, got float32", ShapeError);
    refuses(
      () => model.step(state, token),
      "languageModel.step: argument 'ids' must be from 0 to 10, got 99",
    );
    refuses(() => model.attentionInputs(high, 0), "languageModel.attentionInputs: argument 'ids'");
    refuses(() => patches.apply(bytes), "patchModel.apply: argument 'ids' must be from 0 to 255, got 256");
    tf.dispose([high, low, floats, token, bytes]);
    model.dispose();
    patches.dispose();
  });

  it('text longer than learned positions', () => {
    const model = languageModel({ ...base, positions: 'learned' }, 1);
    const ids = tf.zeros<tf.Rank.R2>([1, 14], 'int32');
    refuses(() => model.apply(ids), 'within the context of 13 positions, got 14');
    ids.dispose();
    model.dispose();
  });
});

describe('languageModel.step: errors', () => {
  const token = (): tf.Tensor1D => tf.tensor1d([1], 'int32');

  it('a later layer without a recurrent form is found before anything is computed', () => {
    const attention = [attentions.linear, attentions.linearAsPublished];
    const model = languageModel({ ...base, attention }, 1);
    const ids = token();
    refuses(() => model.step(model.initialState(), ids), /must have a recurrent form, got linearAsPublished/);
    ids.dispose();
    model.dispose();
  });

  it('a later layer that throws frees the new states and spares the old one', () => {
    let broken = false;
    const { recurrent } = attentions.linear as AnyAttention;
    if (!recurrent) throw new Error('linear must have a recurrent form');
    const fragile: AnyAttention = {
      ...attentions.linear,
      recurrent: {
        ...recurrent,
        step(state: State, inputs: Inputs) {
          if (broken) throw new ConfigError('fragile: broken on purpose');
          return recurrent.step(state, inputs);
        },
      },
    };
    const model = languageModel({ ...base, attention: [attentions.elita, fragile] }, 1);
    const ids = token();
    const { state, logits } = model.step(model.initialState(), ids);
    broken = true;
    refuses(() => model.step(state, ids), 'broken on purpose');
    broken = false;
    const next = model.step(state, ids);
    expect(next.state.offset).to.equal(2);
    disposeState(state, next.state);
    disposeState(next.state);
    tf.dispose([ids, logits, next.logits]);
    model.dispose();
  });
});

import { attentions } from '../../src/attention';
import { randomBytes } from '../../src/data/randomBytes';
import { languageModel } from '../../src/model/languageModel';
import type { Trainable } from '../../src/model/trainable';
import { feedForwards } from '../../src/modules/feedForward';
import { norms } from '../../src/modules/norm';
import { tf } from '../../src/core/tf';
import { crossEntropy } from '../../src/train/loss';
import { stepper } from '../../src/train/stepper';
import type { Case } from '../case';

const [batch, vocabulary, layers] = [8, 256, 3];

function model(kind: 'elita' | 'softmax', width: number, time: number): ReturnType<typeof languageModel> {
  const sizes = { vocabulary, width, heads: width / 16, layers, context: time, head: 'tied' } as const;
  return kind === 'elita'
    ? languageModel(
        {
          ...sizes,
          attention: attentions.elita,
          feedForward: feedForwards.feedForward2,
          norm: norms.plainLayerNorm,
          finalNorm: 'none',
        },
        1,
      )
    : languageModel(
        { ...sizes, attention: attentions.softmax, feedForward: feedForwards.swiglu, norm: norms.rmsNorm },
        1,
      );
}

/** Our step: one pass over all parameters by an Adam of our own. */
function ours(subject: Trainable, time: number): () => void {
  const work = stepper(subject, randomBytes({ batch, time, seed: 1 }), { learningRate: 1e-3 });
  return () => void work.step();
}

/** The step a user of stock TensorFlow.js writes: the same model and loss, `tf.train.adam`. */
function stock(subject: Trainable, time: number): () => void {
  const source = randomBytes({ batch, time, seed: 1 });
  const adam = tf.train.adam(1e-3);
  return () =>
    tf.tidy(() => {
      const { inputs, targets } = source.next();
      const [ids, labels] = [inputs, targets].map((values) =>
        tf.tensor2d(values, [batch, time], 'int32'),
      ) as [tf.Tensor2D, tf.Tensor2D];
      adam.minimize(() => crossEntropy(subject.apply(ids), labels), true)?.dataSync();
    });
}

function training(kind: 'elita' | 'softmax', side: 'ours' | 'stock', width: number, time: number): Case {
  const subject = model(kind, width, time);
  const weights = subject.parameterCount;
  subject.dispose();
  return {
    name: `training step, ${kind === 'elita' ? 'ELiTA' : 'softmax'}, ${layers} layers of ${width}`,
    T: time,
    // every weight multiplies every token once forward and twice backward; softmax adds its pairs
    flops: 6 * weights * batch * time + (kind === 'softmax' ? 12 * layers * batch * time * time * width : 0),
    // weights, their gradients and Adam's two moments are read and written
    bytes: 4 * weights * 7,
    prepare() {
      const made = model(kind, width, time);
      return { run: side === 'ours' ? ours(made, time) : stock(made, time), dispose: () => made.dispose() };
    },
  };
}

/** Whole training steps: forward, loss, backward, Adam. */
export function trainingCases(side: 'ours' | 'stock', quick: boolean): Case[] {
  return quick
    ? [training('elita', side, 32, 64)]
    : [
        training('elita', side, 96, 128),
        training('softmax', side, 96, 128),
        training('elita', side, 96, 1024),
      ];
}

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
function ours(subject: Trainable, time: number): ReturnType<Case['prepare']> {
  const work = stepper(subject, randomBytes({ batch, time, seed: 1 }), { learningRate: 1e-3 });
  // its moments are plain arrays
  return { run: () => void work.step(), dispose: () => subject.dispose() };
}

/**
 * The same model and loss on stock TensorFlow.js with its own `tf.train.adam`.
 *
 * Kernels, repairs and optimizer are stock; the model is not rewritten. So both sides share what our source code saves
 * whatever the kernels: the closed-form gradients of norm, SiLU, ELU, softmax and cross-entropy, and the scans' chunkwise
 * compositions instead of a T x T matrix. A model put together from tf.layers would be slower than this baseline.
 */
function stock(subject: Trainable, time: number): ReturnType<Case['prepare']> {
  const source = randomBytes({ batch, time, seed: 1 });
  const adam = tf.train.adam(1e-3);
  return {
    run: () =>
      tf.tidy(() => {
        const { inputs, targets } = source.next();
        const [ids, labels] = [inputs, targets].map((values) =>
          tf.tensor2d(values, [batch, time], 'int32'),
        ) as [tf.Tensor2D, tf.Tensor2D];
        adam.minimize(() => crossEntropy(subject.apply(ids), labels), true)?.dataSync();
      }),
    dispose() {
      // two moments per parameter, and two running powers of beta
      adam.dispose();
      subject.dispose();
    },
  };
}

/** q kᵀ and p v, forward once and backward twice, over the T (T + 1) / 2 pairs that a causal mask lets through. */
function softmaxFlops(width: number, time: number): number {
  const pairs = (time * (time + 1)) / 2;
  return 3 * 2 * 2 * layers * batch * pairs * width;
}

function training(kind: 'elita' | 'softmax', side: 'ours' | 'stock', width: number, time: number): Case {
  const subject = model(kind, width, time);
  const weights = subject.parameterCount;
  subject.dispose();
  return {
    name: `training step, ${kind === 'elita' ? 'ELiTA' : 'softmax'}, ${layers} layers of ${width}`,
    T: time,
    // every weight multiplies every token once forward and twice backward
    flops: 6 * weights * batch * time + (kind === 'softmax' ? softmaxFlops(width, time) : 0),
    // weights and Adam's two moments, read and written; gradients and activations could stay in a cache
    bytes: 4 * weights * 6,
    prepare() {
      const made = model(kind, width, time);
      return side === 'ours' ? ours(made, time) : stock(made, time);
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

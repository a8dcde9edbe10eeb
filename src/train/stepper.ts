import { DivergedError, expect, expectInteger } from '../core/errors';
import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import { mapTree } from '../core/tree';
import type { Batch, BatchSource } from '../data/batches';
import { bitsPerByte } from '../data/entropy';
import type { Trainable } from '../model/trainable';
import { countTargets, crossEntropySum } from './loss';
import type { Optimizer, OptimizerConfig } from './optimizer';
import { clipScale, globalNorm, optimizer } from './optimizer';
import type { Parameter } from './parameters';
import { listParameters, readWeights, writeWeights } from './parameters';
import type { Schedule } from './schedule';
import { constant } from './schedule';

/** How one training step is made. */
export interface StepperOptions {
  /** A schedule, or one rate for all steps. */
  readonly learningRate: Schedule | number;
  /** Default Adam with its paper's settings. */
  readonly optimizer?: OptimizerConfig;
  /** Largest global norm of the gradient; a longer one is shortened to it. Default none. */
  readonly clip?: number;
  /** Batches per step: their gradients add up to that of one batch as large as all of them. Default 1. */
  readonly accumulate?: number;
}

/** What one step did. */
export interface StepResult {
  /** Its number, from 1. */
  readonly step: number;
  /** Mean over the counted targets, before the update, in nats. */
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Tokens read. */
  readonly tokens: number;
}

/**
 * Training, one step at a time, and each step in up to four parts. `forward`, `loss`, `gradients` and `update` may be
 * called in this order, each at most once per step; one that is skipped happens by itself. `step` is all four.
 *
 * `forward` and `loss` are for looking: the backward pass needs activations that they do not keep, so `gradients`,
 * `accumulate` and `update` compute the forward pass again. A step that looks at its logits computes it twice.
 */
export interface Stepper {
  /** Finished steps. */
  readonly steps: number;
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
  /** What decides the numbers, as plain values; a checkpoint keeps it and resuming compares it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The batches of the step that is under way. */
  batches(): readonly Batch[];
  /** Logits `[B, T, V]` of each of them. The stepper owns the tensors: `update` frees them. */
  forward(): readonly tf.Tensor3D[];
  /** Mean loss of the step in nats. */
  loss(): number;
  /** The gradient of that loss, a tree like the model's parameters. */
  gradients(): Tree<Float32Array>;
  /** The gradient of one more batch of the step; true once all are done. `gradients` in pieces, to let others run. */
  accumulate(): boolean;
  /** Changes the weights. Throws `DivergedError`, and changes nothing, if loss or gradient are not finite. */
  update(): StepResult;
  step(): StepResult;
  /** Back to the weights, data and optimizer of the moment the stepper was made: a replay is equal to the last digit. */
  rewind(): void;
  /** Takes up at `steps` finished steps with the data and optimizer as they were then; weights are the caller's. */
  continueAt(steps: number): void;
  /** Frees what a half-done step holds. The model stays. */
  dispose(): void;
}

interface Pending {
  readonly batches: readonly Batch[];
  /** Counted targets of all batches. */
  readonly count: number;
  logits?: readonly tf.Tensor3D[];
  /** One array per trained parameter, summed over the first `done` batches. */
  readonly sums: Float32Array[];
  done: number;
  /** Sum of nats over the batches done, divided by `count`. */
  loss: number;
}

function tensors(batch: Batch): readonly [inputs: tf.Tensor2D, targets: tf.Tensor2D] {
  const shape: [number, number] = [batch.batch, batch.time];
  return [tf.tensor2d(batch.inputs, shape, 'int32'), tf.tensor2d(batch.targets, shape, 'int32')];
}

/**
 * Prepares step-wise training of `model` on `data`.
 *
 * Keeps a copy of the weights for `rewind`. Throws `ConfigError` if the vocabularies differ or an option is out of range.
 *
 * @example
 * const s = stepper(model, data, { learningRate: 1e-3 });
 * const [logits] = s.forward();
 * console.log(s.loss(), s.gradients(), s.update());
 * s.rewind();
 */
export function stepper(model: Trainable, data: BatchSource, options: StepperOptions): Stepper {
  const { accumulate = 1, clip } = options;
  const rate =
    typeof options.learningRate === 'number' ? constant(options.learningRate) : options.learningRate;
  expectInteger(accumulate, 'stepper', 'accumulate');
  expect(clip === undefined || clip > 0, 'stepper', 'clip', 'a number > 0', clip);
  const sizes = `a source with the model's vocabulary (${model.vocabulary})`;
  expect(data.vocabulary === model.vocabulary, 'stepper', 'data', sizes, data.vocabulary);

  const parameters = listParameters(model.parameters);
  const trained = parameters.filter(({ variable }) => variable.trainable);
  const optimize = optimizer(options.optimizer ?? { name: 'adam' }, trained);
  const variables = trained.map(({ variable }) => variable);
  const start = { weights: readWeights(parameters), data: data.state, optimizer: optimize.state };
  let steps = 0;
  let pending: Pending | undefined;

  function begin(): Pending {
    if (pending) return pending;
    const batches = Array.from({ length: accumulate }, () => data.next());
    const count = batches.reduce((sum, batch) => sum + countTargets(batch.targets), 0);
    expect(count > 0, 'stepper', 'data', 'a source whose batches have targets to count', 'only -1');
    const sums = variables.map((variable) => new Float32Array(variable.size));
    return (pending = { batches, count, sums, done: 0, loss: 0 });
  }

  function end(): void {
    tf.dispose([...(pending?.logits ?? [])]);
    pending = undefined;
  }

  function accumulateOne(): boolean {
    const work = begin();
    const batch = work.batches[work.done];
    if (!batch) return true;
    const { value, grads } = tf.tidy(() => {
      const [inputs, targets] = tensors(batch);
      return tf.variableGrads(
        () => tf.div(crossEntropySum(model.apply(inputs), targets), work.count).asScalar(),
        variables,
      );
    });
    work.loss += value.dataSync()[0] as number;
    variables.forEach((variable, i) => {
      // a variable that the loss does not depend on has no gradient: it stays 0
      const gradient = grads[variable.name]?.dataSync<'float32'>();
      const sum = work.sums[i] as Float32Array;
      if (gradient && work.done === 0) sum.set(gradient);
      else if (gradient)
        for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] as number) + (gradient[j] as number);
    });
    tf.dispose([value, grads]);
    return ++work.done === work.batches.length;
  }

  const self: Stepper = {
    get steps() {
      return steps;
    },
    parameters,
    optimizer: optimize,
    settings: {
      optimizer: optimize.settings,
      learningRate: { name: rate.name, ...rate.settings },
      accumulate,
      clip: clip ?? null,
    },
    batches: () => begin().batches,
    forward() {
      const work = begin();
      work.logits ??= work.batches.map((batch) =>
        tf.tidy(() => model.apply(tf.tensor2d(batch.inputs, [batch.batch, batch.time], 'int32'))),
      );
      return work.logits;
    },
    loss() {
      const work = begin();
      if (work.done === work.batches.length) return work.loss;
      return self.forward().reduce((sum, logits, i) => {
        const mean = tf.tidy(() => {
          const [, targets] = tensors(work.batches[i] as Batch);
          return tf.div(crossEntropySum(logits, targets), work.count);
        });
        const value = mean.dataSync()[0] as number;
        mean.dispose();
        return sum + value;
      }, 0);
    },
    gradients() {
      while (!accumulateOne());
      const byVariable = new Map(variables.map((variable, i) => [variable, begin().sums[i]]));
      return mapTree(
        model.parameters,
        (variable) => byVariable.get(variable)?.slice() ?? new Float32Array(variable.size),
      );
    },
    accumulate: accumulateOne,
    update() {
      while (!accumulateOne());
      const { loss, sums, batches } = begin();
      const step = steps + 1;
      const gradientNorm = globalNorm(sums);
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        end();
        throw new DivergedError(
          `training: loss and gradient must be finite, got ${loss} and norm ${gradientNorm} at step ${step}; ` +
            'a smaller learning rate, a warm-up or clipping usually cures it',
        );
      }
      const learningRate = rate.at(step);
      optimize.update(sums, learningRate, clipScale(gradientNorm, clip));
      steps = step;
      end();
      const tokens = batches.reduce((sum, batch) => sum + batch.batch * batch.time, 0);
      return {
        step,
        loss,
        bitsPerByte: bitsPerByte(loss, data.bytesPerToken),
        learningRate,
        gradientNorm,
        tokens,
      };
    },
    step: () => self.update(),
    rewind() {
      end();
      writeWeights(parameters, start.weights, 'stepper.rewind');
      data.restore(start.data);
      optimize.restore(start.optimizer);
      steps = 0;
    },
    continueAt(finished) {
      end();
      steps = finished;
    },
    dispose: end,
  };
  return self;
}

import { tf } from '../../core/tf';
import { replaceGradient, undoAll, wrapMethod } from '../registry';
import { everywhere, only, saved } from './repair';
import type { Repair } from './repair';

/** Conditions that depend on the differentiated tensor. */
export const comparisonGradients: Repair = {
  name: 'comparisonGradients',
  reason:
    'where(x.greater(0), ...) throws: of the comparisons only greaterEqual has a gradient, which is zero',
  backends: everywhere,
  apply: () => {
    const pairs = ['Greater', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'];
    const undos = pairs.map((kernelName) =>
      replaceGradient({
        kernelName,
        inputsToSave: ['a', 'b'],
        gradFunc: (_dy, tensors) => ({
          a: () => tf.zeros(saved(tensors, 0).shape),
          b: () => tf.zeros(saved(tensors, 1).shape),
        }),
      }),
    );
    undos.push(
      replaceGradient({
        kernelName: 'LogicalNot',
        inputsToSave: ['x'],
        gradFunc: (_dy, tensors) => ({ x: () => tf.zeros(saved(tensors, 0).shape) }),
      }),
    );
    return undoAll(undos);
  },
};

/** The second derivative of elu. */
export const eluSecondGradient: Repair = {
  name: 'eluSecondGradient',
  reason: 'elu has no second derivative: its gradient kernel EluGrad has no gradient',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'EluGrad',
      inputsToSave: ['dy', 'y'],
      // EluGrad(dy, y) is dy where y >= 0 and dy (y + 1) below
      gradFunc: (ddy, tensors) => {
        const [g, dy, y] = [only(ddy), saved(tensors, 0), saved(tensors, 1)];
        const below = () => tf.cast(tf.less(y, 0), 'float32');
        return {
          dy: () => tf.mul(g, tf.add(1, tf.mul(below(), y))),
          y: () => tf.mul(tf.mul(g, dy), below()),
        };
      },
    }),
};

/** What an entry of the engine's tape has of interest here. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[];
}

/**
 * An operation that keeps its output for the backward pass keeps a copy, and the copy enters the tape before the
 * operation itself. A second derivative walks the tape in order and never learns that the copy depends on the input.
 */
export const savedOutputs: Repair = {
  name: 'savedOutputs',
  reason:
    'second derivatives through operations that save their output (exp, tanh, sigmoid, softmax, elu) throw, or silently lose terms',
  backends: everywhere,
  apply: () =>
    wrapMethod(
      tf.engine(),
      'addTapeNode',
      (stock) =>
        function (...given) {
          stock.apply(this, given);
          const tape = tf.engine().state.activeTape as TapeNode[];
          const node = tape[tape.length - 1];
          const count = node?.saved?.length ?? 0;
          if (!node || count === 0) return;
          const outputs = new Set(node.outputs.map(({ id }) => id));
          // the copies, if any, were recorded right before their operation
          const recent = tape.splice(Math.max(0, tape.length - 1 - count));
          const isCopy = (other: TapeNode) =>
            other !== node && Object.values(other.inputs).some(({ id }) => outputs.has(id));
          tape.push(...recent.filter((other) => !isCopy(other)), ...recent.filter(isCopy));
        },
    ),
};

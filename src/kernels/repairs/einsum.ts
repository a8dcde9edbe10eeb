import { tf } from '../../core/tf';
import { composed } from '../composed';
import { kernelOf, replaceGradient, replaceKernel } from '../registry';
import type { Kernel } from '../registry';
import { everywhere, only } from './repair';
import type { Repair } from './repair';

type Labels = readonly string[];

const without = (labels: Labels, others: Labels) => labels.filter((label) => !others.includes(label));

function parse(equation: unknown): { operands: Labels[]; output: Labels } {
  const [left = '', right = ''] = String(equation).replace(/\s/g, '').split('->');
  return { operands: left.split(',').map((labels) => [...labels]), output: [...right] };
}

/** Sums away the labels that occur nowhere else and puts the rest in the order of `wanted`. */
function arrange(x: tf.Tensor, labels: Labels, wanted: Labels): tf.Tensor {
  const spare = without(labels, wanted);
  const summed =
    spare.length > 0
      ? tf.sum(
          x,
          spare.map((label) => labels.indexOf(label)),
        )
      : x;
  const kept = without(labels, spare);
  return tf.transpose(
    summed,
    wanted.filter((label) => kept.includes(label)).map((label) => kept.indexOf(label)),
  );
}

/**
 * einsum of one or two operands as transposes and one batched matrix product. Labels of the output that no operand has
 * are refused, as are labels repeated within one operand.
 */
function contract(operands: readonly Labels[], output: Labels, tensors: readonly tf.Tensor[]): tf.Tensor {
  const [a, b] = tensors;
  const [la = [], lb = []] = operands;
  if (!a) throw new Error('einsum: an operand is needed');
  if (!b) return arrange(a, la, output);
  const sizes = new Map<string, number>();
  la.forEach((label, i) => sizes.set(label, a.shape[i] ?? 1));
  lb.forEach((label, i) => sizes.set(label, b.shape[i] ?? 1));
  const both = la.filter((label) => lb.includes(label));
  const batch = both.filter((label) => output.includes(label));
  const inner = without(both, output);
  const left = without(la, both).filter((label) => output.includes(label));
  const right = without(lb, both).filter((label) => output.includes(label));
  const lengths = (labels: Labels) => labels.map((label) => sizes.get(label) ?? 1);
  const count = (labels: Labels) => lengths(labels).reduce((x, y) => x * y, 1);
  const matrices = tf.matMul(
    tf.reshape(arrange(a, la, [...batch, ...left, ...inner]), [count(batch), count(left), count(inner)]),
    tf.reshape(arrange(b, lb, [...batch, ...inner, ...right]), [count(batch), count(inner), count(right)]),
  );
  const made = [...batch, ...left, ...right];
  return arrange(tf.reshape(matrices, lengths(made)), made, output);
}

/** The gradient of one operand: the einsum of the output's gradient with the other operand, spread over lone labels. */
function operandGradient(
  index: number,
  dy: tf.Tensor,
  operands: Labels[],
  output: Labels,
  tensors: tf.Tensor[],
) {
  const own = operands[index] ?? [];
  const shape = tensors[index]?.shape ?? [];
  const other = operands[1 - index];
  const reached = own.filter((label) => output.includes(label) || other?.includes(label));
  const operand = tensors[1 - index];
  const gradient =
    other && operand ? contract([output, other], reached, [dy, operand]) : contract([output], reached, [dy]);
  const spread = own.map((label, i) => (reached.includes(label) ? (shape[i] ?? 1) : 1));
  return tf.add(tf.reshape(gradient, spread), tf.zeros(shape));
}

/** The missing gradient of einsum. */
export const einsumGradient: Repair = {
  name: 'einsumGradient',
  reason: 'einsum has no gradient (tfjs #8277, #5690)',
  backends: everywhere,
  apply: () =>
    replaceGradient({
      kernelName: 'Einsum',
      saveAllInputs: true,
      gradFunc: (dy, tensors, { equation }) => {
        const { operands, output } = parse(equation);
        return Object.fromEntries(
          tensors.map((_, i) => [String(i), () => operandGradient(i, only(dy), operands, output, tensors)]),
        );
      },
    }),
};

/** einsum as one product of matrices, with `fallback` for integers, repeated labels and more than two operands. */
export function composedEinsum(fallback: Kernel): Kernel {
  const ours = composed((tensors, { equation }) => {
    const { operands, output } = parse(equation);
    return contract(operands, output, tensors);
  });
  return (call) => {
    const { operands } = parse(call.attrs['equation']);
    const repeats = operands.some((labels) => new Set(labels).size < labels.length);
    const floats = Object.values(call.inputs).every((info) => info?.dtype === 'float32');
    return repeats || !floats || operands.length > 2 ? fallback(call) : ours(call);
  };
}

/** einsum itself on cpu. */
export const cpuEinsum: Repair = {
  name: 'cpuEinsum',
  reason:
    "the cpu kernel gives wrong numbers and shapes for common equations ('ij,jk->k', 'ij,k->ik') and forms the product of all axes before it sums",
  backends: ['cpu'],
  apply: () => {
    const stock = kernelOf('Einsum', 'cpu');
    return stock ? replaceKernel('Einsum', 'cpu', composedEinsum(stock)) : () => undefined;
  },
};

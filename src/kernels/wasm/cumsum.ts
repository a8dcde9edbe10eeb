import { input } from '../registry';
import type { Kernel } from '../registry';
import { memoryOf } from './memory';

/** Cumulative sum along any axis in one pass; the stock kernel transposes to the last axis and back. */
export function cumsum(stock: Kernel): Kernel {
  return (call) => {
    const x = input(call, 'x');
    const axis = (Number(call.attrs['axis']) + x.shape.length) % x.shape.length;
    if (x.dtype !== 'float32') return stock(call);
    const memory = memoryOf(call.backend);
    const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
    const y = memory.output(x.shape);
    const [outer, time, inner] = [
      product(x.shape.slice(0, axis)),
      x.shape[axis] ?? 0,
      product(x.shape.slice(axis + 1)),
    ];
    if (outer * time * inner === 0) return y;
    const [exclusive, reverse] = [call.attrs['exclusive'], call.attrs['reverse']].map((flag) =>
      flag === true ? 1 : 0,
    );
    memory.call.cumsum(
      memory.pointer(x),
      memory.pointer(y),
      outer,
      time,
      inner,
      exclusive ?? 0,
      reverse ?? 0,
    );
    return y;
  };
}

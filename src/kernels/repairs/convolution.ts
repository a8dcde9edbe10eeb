import { tf } from '../../core/tf';
import { composed } from '../composed';
import { kernelOf, replaceGradient, replaceKernel, undoAll } from '../registry';
import type { Undo } from '../registry';
import { everywhere, only, saved } from './repair';
import type { Repair } from './repair';

function asFilter(x: tf.Tensor): tf.Tensor4D {
  const [height = 1, width = 1, channels = 1, outputs = 1] = x.shape;
  return tf.reshape(x, [height, width, channels, outputs]);
}

/** Puts `rate - 1` zeros between neighbours along axis 0 or 1 of a filter. */
function dilate(filter: tf.Tensor4D, axis: 0 | 1, rate: number): tf.Tensor4D {
  const [height, width, ...rest] = filter.shape;
  const length = filter.shape[axis];
  const outer = axis === 0 ? 1 : height;
  const inner = rest[0] * rest[1] * (axis === 0 ? width : 1);
  const spread = tf.pad(tf.reshape<tf.Rank.R4>(filter, [outer, length, 1, inner]), [
    [0, 0],
    [0, 0],
    [0, rate - 1],
    [0, 0],
  ]);
  const size = (length - 1) * rate + 1;
  const kept = tf.slice(
    tf.reshape<tf.Rank.R3>(spread, [outer, length * rate, inner]),
    [0, 0, 0],
    [outer, size, inner],
  );
  return tf.reshape(kept, axis === 0 ? [size, width, ...rest] : [height, size, ...rest]);
}

/** Every `rate`-th element along axis 0 or 1: the transpose of {@link dilate}. */
function pick(filter: tf.Tensor4D, axis: 0 | 1, rate: number): tf.Tensor4D {
  const places = tf.range(0, filter.shape[axis], rate, 'int32');
  return tf.gather(filter, places, axis);
}

type Pair = readonly [number, number];

function pairOf(value: unknown): Pair {
  const list: unknown[] = Array.isArray(value) ? value : [value ?? 1, value ?? 1];
  return [Number(list[0]), Number(list[1])];
}

function dilatedGradient(kernelName: 'Conv2D' | 'DepthwiseConv2dNative'): tf.GradConfig {
  const stock = tf.getGradient(kernelName);
  const names =
    kernelName === 'Conv2D'
      ? (['Conv2DBackpropInput', 'Conv2DBackpropFilter'] as const)
      : (['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'] as const);
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dys, tensors, attrs) => {
      const [down, across] = pairOf(attrs['dilations']);
      if (down === 1 && across === 1) return stock.gradFunc(dys, tensors, attrs);
      const [dy, x] = [only(dys), saved(tensors, 0)];
      const filter = asFilter(saved(tensors, 1));
      // a dilated convolution is a plain one whose filter has zeros in between
      const plain = { ...attrs, dilations: [1, 1] };
      return {
        x: () => {
          const wide = dilate(dilate(filter, 0, down), 1, across);
          return tf
            .engine()
            .runKernel<tf.Tensor>(names[0], { dy, filter: wide }, { ...plain, inputShape: x.shape });
        },
        filter: () => {
          const [height, width, ...rest] = filter.shape;
          const filterShape = [(height - 1) * down + 1, (width - 1) * across + 1, ...rest];
          const wide = tf.engine().runKernel<tf.Tensor4D>(names[1], { x, dy }, { ...plain, filterShape });
          return pick(pick(wide, 0, down), 1, across);
        },
      };
    },
  };
}

/** A dilated depthwise convolution as a plain one, for a backend that cannot do it otherwise. */
const plainDepthwise = composed(([x, filter], attrs) => {
  if (!x || !filter) throw new Error('depthwiseConv2d: an image and a filter are needed');
  const [down, across] = pairOf(attrs['dilations']);
  const wide = dilate(dilate(asFilter(filter), 0, down), 1, across);
  return tf.engine().runKernel('DepthwiseConv2dNative', { x, filter: wide }, { ...attrs, dilations: [1, 1] });
});

function tensorflowDepthwise(): Undo {
  const stock = kernelOf('DepthwiseConv2dNative', 'tensorflow');
  if (!stock) return () => undefined;
  return replaceKernel('DepthwiseConv2dNative', 'tensorflow', (call) => {
    const [down, across] = pairOf(call.attrs['dilations']);
    return down === 1 && across === 1 ? stock(call) : plainDepthwise(call);
  });
}

/** Dilated convolutions and their gradients. */
export const dilatedConvolution: Repair = {
  name: 'dilatedConvolution',
  reason:
    'the gradients of conv1d, conv2d and depthwiseConv2d throw for dilations above 1, and TensorFlow has no dilated depthwise convolution on the processor',
  backends: everywhere,
  apply: (backend) =>
    undoAll([
      replaceGradient(dilatedGradient('Conv2D')),
      replaceGradient(dilatedGradient('DepthwiseConv2dNative')),
      ...(backend === 'tensorflow' ? [tensorflowDepthwise()] : []),
    ]),
};

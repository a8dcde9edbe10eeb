import { expect } from 'chai';
import { ShapeError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import {
  causalConv,
  causalConvBlockwise,
  depthwiseCausalConv,
  depthwiseCausalConvStock,
} from '../../src/ops/causalConv';
import { checkOp, randomArray } from '../support/finiteDifferences';
import type { Tensors } from '../support/finiteDifferences';

describe('causalConv', () => {
  const rows = [
    { B: 1, H: 1, T: 1, V: 1, K: 1 },
    { B: 2, H: 2, T: 1, V: 3, K: 4 },
    { B: 2, H: 2, T: 7, V: 5, K: 3 },
    { B: 1, H: 3, T: 7, V: 2, K: 7 },
    { B: 2, H: 2, T: 13, V: 9, K: 5 },
    { B: 1, H: 2, T: 41, V: 4, K: 40 },
    { B: 1, H: 1, T: 70, V: 13, K: 6 },
  ];
  const typed = ({ x, kernel }: Tensors) => [x as tf.Tensor4D, kernel as tf.Tensor2D] as const;
  for (const { B, H, T, V, K } of rows)
    it(`equals the loops, gradients included: B ${B}, H ${H}, T ${T}, V ${V}, K ${K}`, () => {
      checkOp({
        what: 'one filter per head',
        inputs: { x: randomArray([B, H, T, V], 1), kernel: randomArray([H, K], 2) },
        oracle: ({ x = [], kernel = [] }) => {
          const y = new Float64Array(B * H * T * V);
          for (let bh = 0; bh < B * H; bh++)
            for (let t = 0; t < T; t++)
              for (let c = 0; c < V; c++) {
                let sum = 0;
                for (let i = 0; i < K && i <= t; i++)
                  sum += (kernel[(bh % H) * K + K - 1 - i] ?? NaN) * (x[(bh * T + t - i) * V + c] ?? NaN);
                y[(bh * T + t) * V + c] = sum;
              }
          return [y];
        },
        forms: {
          causalConv: (x) => [causalConv(...typed(x))],
          causalConvBlockwise: (x) => [causalConvBlockwise(...typed(x))],
        },
      });
    });

  it('refuses disagreeing heads, integers and empty sequences', () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 2, 3, 4]);
      expect(() => causalConv(x, tf.ones([3, 2]))).to.throw(ShapeError, "argument 'kernel'");
      expect(() => causalConv(x, tf.ones([2, 2], 'int32'))).to.throw(ShapeError, 'float32');
      expect(() => causalConv(tf.ones([1, 2, 0, 4]), tf.ones([2, 2]))).to.throw(ShapeError, 'token');
    });
  });
});

describe('depthwiseCausalConv', () => {
  const rows = [
    { B: 1, T: 1, D: 1, K: 1 },
    { B: 2, T: 1, D: 3, K: 4 },
    { B: 2, T: 7, D: 5, K: 3 },
    { B: 1, T: 5, D: 4, K: 9 },
    { B: 2, T: 33, D: 6, K: 4 },
  ];
  const typed = ({ x, kernel }: Tensors) => [x as tf.Tensor3D, kernel as tf.Tensor2D] as const;
  for (const { B, T, D, K } of rows)
    it(`equals the loops, gradients included: B ${B}, T ${T}, D ${D}, K ${K}`, () => {
      const oracle = ({ x = [], kernel = [], bias }: Record<string, ArrayLike<number>>) => {
        const y = new Float64Array(B * T * D);
        for (let b = 0; b < B; b++)
          for (let t = 0; t < T; t++)
            for (let c = 0; c < D; c++) {
              let sum = bias?.[c] ?? 0;
              for (let i = 0; i < K && i <= t; i++)
                sum += (kernel[(K - 1 - i) * D + c] ?? NaN) * (x[(b * T + t - i) * D + c] ?? NaN);
              y[(b * T + t) * D + c] = sum;
            }
        return [y];
      };
      const inputs = { x: randomArray([B, T, D], 1), kernel: randomArray([K, D], 2) };
      checkOp({
        what: 'one filter per channel',
        inputs,
        oracle,
        forms: {
          depthwiseCausalConv: (x) => [depthwiseCausalConv(...typed(x))],
          depthwiseCausalConvStock: (x) => [depthwiseCausalConvStock(...typed(x))],
        },
      });
      checkOp({
        what: 'with a bias',
        inputs: { ...inputs, bias: randomArray([D], 3) },
        oracle,
        forms: { depthwiseCausalConv: (x) => [depthwiseCausalConv(...typed(x), x['bias'] as tf.Tensor1D)] },
      });
    });

  it('refuses disagreeing widths and integers', () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R3>([1, 3, 4]);
      expect(() => depthwiseCausalConv(x, tf.ones([2, 3]))).to.throw(ShapeError, "argument 'kernel'");
      expect(() => depthwiseCausalConv(x, tf.ones([2, 4]), tf.ones([3]))).to.throw(
        ShapeError,
        "argument 'bias'",
      );
      expect(() => depthwiseCausalConv(x, tf.ones([2, 4], 'int32'))).to.throw(ShapeError, 'float32');
    });
  });
});

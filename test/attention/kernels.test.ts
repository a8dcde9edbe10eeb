import { expect } from 'chai';
import { attentions } from '../../src/attention';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';

describe('convolution kernels', () => {
  it('fixedDecayConvolution: geometric, the current token first among equals, with sum 1', () => {
    const config = { width: 6, heads: 2, taps: 5, decay: 0.8 };
    const params = attentions.fixedDecayConvolution.init(config, 1);
    const kernel = tf.tidy(() =>
      attentions.fixedDecayConvolution.project(params, tf.zeros([1, 3, 6]), config).kernel.arraySync(),
    );
    const total = 1 + 0.8 + 0.64 + 0.512 + 0.4096;
    for (const row of kernel) {
      row.forEach((weight, tap) => expect(weight).to.be.closeTo(0.8 ** (4 - tap) / total, 1e-7));
    }
    expect(kernel).to.have.length(2);
    disposeTree(params);
  });

  it('learnedConvolution: starts as a plain mean and always sums to 1', () => {
    const config = { width: 6, heads: 2, taps: 4 };
    const params = attentions.learnedConvolution.init(config, 1);
    const kernel = (): number[][] =>
      tf.tidy(() =>
        attentions.learnedConvolution.project(params, tf.zeros([1, 3, 6]), config).kernel.arraySync(),
      );
    expect(kernel()).to.deep.equal([Array(4).fill(0.25), Array(4).fill(0.25)]);
    tf.tidy(() =>
      params.kernel.assign(
        tf.tensor2d([
          [1, 2, 3, 4],
          [0, -5, 9, 2],
        ]),
      ),
    );
    for (const row of kernel()) expect(row.reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(1, 1e-6);
    disposeTree(params);
  });
});

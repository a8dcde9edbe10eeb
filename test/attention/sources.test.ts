import { expect } from 'chai';
import { based } from '../../src/attention/based';
import { basedLayout } from '../../src/attention/basedLayout';
import { fixedDecayConvolution } from '../../src/attention/fixedDecayConvolution';
import { attentionMap, runRecurrent, sampleInputs } from '../../src/attention/forms';
import { gatedConvolution } from '../../src/attention/gatedConvolution';
import { learnedConvolution } from '../../src/attention/learnedConvolution';
import { linear } from '../../src/attention/linear';
import { linearAsPublished } from '../../src/attention/linearAsPublished';
import { slidingWindow } from '../../src/attention/slidingWindow';
import { softmax } from '../../src/attention/softmax';
import { ConfigError } from '../../src/core/errors';
import { randomNormal } from '../../src/core/random';
import type { BTD } from '../../src/core/tf';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';

/** Where a variant stands in a layout. */
function places(layers: number, name: string): number[] {
  return basedLayout(layers).flatMap(({ meta }, layer) => (meta.name === name ? [layer] : []));
}

describe('what the sources state about their own systems', () => {
  it('Based, 360M: 283,920 floats of state per linear layer', () => {
    expect(based.stateSize({ width: 1024, heads: 16 }, 2048)).to.equal(283_920);
  });

  it('Based, 360M and 1.4B: linear attention and windows in the published layers', () => {
    expect(places(27, 'based')).to.deep.equal([1, 6, 11, 16, 21]);
    expect(places(27, 'slidingWindow')).to.deep.equal([2, 7, 12, 17, 22]);
    expect(places(27, 'gatedConvolution')).to.have.length(17);
    expect(places(36, 'based')).to.deep.equal([1, 6, 11, 16, 21, 27, 33]);
    expect(places(36, 'slidingWindow')).to.deep.equal([2, 7, 12, 17, 22, 28, 34]);
  });

  it('Based at small depth: never without a linear attention', () => {
    const names = (layers: number): string[] => basedLayout(layers).map(({ meta }) => meta.name);
    expect(names(1)).to.deep.equal(['based']);
    expect(names(2)).to.deep.equal(['gatedConvolution', 'based']);
    expect(names(4)).to.deep.equal(['gatedConvolution', 'based', 'slidingWindow', 'gatedConvolution']);
    for (let layers = 1; layers < 60; layers++)
      expect(basedLayout(layers)).to.have.length(layers).and.to.include(based);
    expect(() => basedLayout(0)).to.throw(ConfigError, "'layers'");
  });

  it('Based: weights of seen tokens are positive, whatever q and k', () => {
    tf.tidy(() => {
      const { q, k, v } = sampleInputs(based, { width: 6, heads: 2 }, { batch: 1, time: 9, seed: 1 });
      const map = attentionMap(based, { q: tf.mul(q, 9), k: tf.mul(k, -9), v }).dataSync();
      map.forEach((weight, i) => {
        if (i % 9 <= Math.floor(i / 9) % 9) expect(weight).to.be.above(0);
      });
    });
  });

  it('linear: where all features of a query vanish so does its output, in every form', () => {
    tf.tidy(() => {
      const { k, v } = sampleInputs(linear, { width: 6, heads: 2 }, { batch: 1, time: 9, seed: 1 });
      // phi(-40) = e^-40, far below the 1e-6 beside the normaliser
      const inputs = { q: tf.fill<tf.Rank.R4>([1, 2, 9, 3], -40), k, v };
      for (const o of [
        linear.parallel(inputs),
        linear.chunkwise?.(inputs, 4),
        runRecurrent(linear, inputs).o,
      ])
        expect(Math.max(...Array.from((o as tf.Tensor).dataSync(), Math.abs))).to.be.within(1e-20, 1e-10);
    });
  });

  it('gated convolution: out(silu(conv(W1 x)) * W2 x), in plain loops', () => {
    const config = { width: 3, heads: 1 };
    const params = gatedConvolution.init(config, 2);
    tf.tidy(() => {
      const x: BTD = randomNormal([1, 5, 3], 0, 1, 3);
      const y = gatedConvolution.output(
        params,
        gatedConvolution.parallel(gatedConvolution.project(params, x, config)),
        x,
        config,
      );
      const read = (w: tf.Tensor): number[][] => w.arraySync() as number[][];
      const [X] = x.arraySync();
      const bias = (b: tf.Tensor): number[] => b.arraySync() as number[];
      const times = (w: tf.Tensor, b: tf.Tensor, row: number[]): number[] =>
        bias(b).map((start, e) =>
          row.reduce((sum, value, d) => sum + value * (read(w)[d]?.[e] ?? NaN), start),
        );
      const inner = (X ?? []).map((row) => times(params.v, params.vBias, row));
      const gates = (X ?? []).map((row) => times(params.gate, params.gateBias, row));
      const kernel = read(params.kernel);
      const expected = inner.flatMap((_, t) => {
        const mixed = bias(params.kernelBias).map((start, c) => {
          let sum = start;
          for (let back = 0; back < 3 && back <= t; back++)
            sum += (kernel[c]?.[2 - back] ?? NaN) * (inner[t - back]?.[c] ?? NaN);
          return (sum / (1 + Math.exp(-sum))) * (gates[t]?.[c] ?? NaN);
        });
        return times(params.out, params.outBias, mixed);
      });
      y.dataSync().forEach((value, i) => expect(value).to.be.closeTo(expected[i] as number, 1e-6));
    });
    disposeTree(params);
  });

  it('learned convolution: starts as a plain average, and dilutes the first tokens', () => {
    tf.tidy(() => {
      const inputs = sampleInputs(learnedConvolution, { width: 8, heads: 2 }, { batch: 1, time: 3, seed: 1 });
      expect(inputs.kernel.shape).to.deep.equal([2, 64]);
      inputs.kernel.dataSync().forEach((weight) => expect(weight).to.be.closeTo(1 / 64, 1e-8));
      const map = attentionMap(learnedConvolution, inputs).arraySync();
      expect(map[0]?.[0]?.[0]?.[0]).to.be.closeTo(1 / 64, 1e-8);
    });
  });

  it('fixed decay: each tap 0.95 of the next, 64 of them, sum 1, nothing to train in the mix', () => {
    tf.tidy(() => {
      const { kernel } = sampleInputs(
        fixedDecayConvolution,
        { width: 6, heads: 3 },
        { batch: 1, time: 2, seed: 1 },
      );
      expect(kernel.shape).to.deep.equal([3, 64]);
      for (const row of kernel.arraySync()) {
        expect(row.reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(1, 1e-6);
        for (let i = 1; i < row.length; i++)
          expect((row[i - 1] as number) / (row[i] as number)).to.be.closeTo(0.95, 1e-6);
      }
    });
    const params = fixedDecayConvolution.init({ width: 6, heads: 3 }, 1);
    expect(Object.keys(params)).to.have.members(['v', 'vBias', 'out', 'outBias']);
    disposeTree(params);
  });

  it('LAT: merges heads without swapping them with time, so tokens mix even in the output', () => {
    const [T, H, V] = [3, 2, 2];
    const config = { width: H * V, heads: H };
    const params = linearAsPublished.init(config, 1);
    tf.tidy(() => {
      params.out.assign(tf.eye(H * V));
      params.outBias.assign(tf.zeros([H * V]));
      // the value of channel c of head h at token t says where it came from
      const o = tf.tensor4d(
        Array.from({ length: H * T * V }, (_, i) => i),
        [1, H, T, V],
      );
      const y = linearAsPublished.output(params, o, tf.zeros([1, T, H * V]), config);
      // token 1 holds token 2 of head 0 and token 0 of head 1
      expect(y.arraySync()[0]).to.deep.equal([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ]);
    });
    disposeTree(params);
  });

  it('sliding window: as wide as the text it is softmax attention, narrower it sees no further', () => {
    const sizes = { width: 8, heads: 2 };
    const params = softmax.init(sizes, 1);
    tf.tidy(() => {
      const x: BTD = randomNormal([1, 9, 8], 0, 1, 2);
      const all = attentionMap(softmax, softmax.project(params, x, sizes)).dataSync();
      const map = (window: number): Float32Array =>
        attentionMap(
          slidingWindow,
          slidingWindow.project(params, x, { ...sizes, window }),
        ).dataSync() as Float32Array;
      map(9).forEach((weight, i) => expect(weight).to.be.closeTo(all[i] as number, 1e-7));
      map(3).forEach((weight, i) => {
        const back = (Math.floor(i / 9) % 9) - (i % 9);
        if (back < 0 || back >= 3) expect(weight).to.equal(0);
        else expect(weight).to.be.above(0);
      });
    });
    disposeTree(params);
  });

  it('softmax: rotary positions need pairs of channels, no positions do not', () => {
    expect(() => softmax.init({ width: 6, heads: 2 }, 1)).to.throw(ConfigError, "'heads'");
    expect(() => softmax.init({ width: 6, heads: 2, positions: 'learned' as 'none' }, 1)).to.throw(
      ConfigError,
      "'positions'",
    );
    disposeTree(softmax.init({ width: 6, heads: 2, positions: 'none' }, 1));
  });

  it('convolutions reject a kernel that mixes nothing', () => {
    for (const taps of [0, 1, 2.5]) {
      for (const variant of [learnedConvolution, fixedDecayConvolution, gatedConvolution])
        expect(() => variant.init({ width: 4, heads: 2, taps }, 1)).to.throw(ConfigError, "'taps'");
    }
    expect(() => fixedDecayConvolution.init({ width: 4, heads: 2, decay: 1.5 }, 1)).to.throw(
      ConfigError,
      "'decay'",
    );
  });
});

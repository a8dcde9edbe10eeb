import { expect } from 'chai';
import { lossRun } from '../../src';
import type { StepRecord } from '../../src';

const record = (step: number, loss: number, heldOut?: number): StepRecord => ({
  ...{ step, loss, bitsPerByte: loss / Math.LN2, learningRate: 1e-3, gradientNorm: 1, tokensPerSecond: 1 },
  ...{ milliseconds: 1, secondsLeft: 0, tensors: 1, bytes: 4 },
  ...(heldOut !== undefined && { evaluation: { loss: heldOut, bitsPerByte: heldOut / Math.LN2, tokens: 9 } }),
});

describe('lossRun', () => {
  it('takes every step, and the held-out losses where they were measured', () => {
    const run = lossRun('a', [record(1, 4), record(2, 3, 3.5), record(3, 2), record(4, 1, 1.5)]);
    expect(run).to.deep.equal({
      ...{ name: 'a', steps: [1, 2, 3, 4], losses: [4, 3, 2, 1] },
      heldOut: { steps: [2, 4], losses: [3.5, 1.5] },
    });
  });

  it('leaves the held-out part out where nothing was measured', () => {
    expect(lossRun('b', [record(1, 4)])).to.deep.equal({ name: 'b', steps: [1], losses: [4] });
  });
});

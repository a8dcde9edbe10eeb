import { expect } from 'chai';
import { ConfigError } from '../../src/core/errors';
import { constant, cosine, inverseSqrt, scheduleFrom, warmup } from '../../src/train/schedule';

describe('train/schedule', () => {
  it('inverseSqrt keeps 1e-3 up to step 100 and then falls as 1e-2 / sqrt(step)', () => {
    const rate = inverseSqrt();
    expect([1, 50, 100].map((step) => rate.at(step))).to.deep.equal([1e-3, 1e-3, 1e-3]);
    expect(rate.at(101)).to.equal(1e-2 / Math.sqrt(101));
    expect(rate.at(10_000)).to.equal(1e-4);
  });

  it('cosine runs from peak to floor and stays there', () => {
    const rate = cosine({ peak: 1, floor: 0.1, steps: 101 });
    expect(rate.at(1)).to.equal(1);
    expect(rate.at(51)).to.be.closeTo(0.55, 1e-12);
    expect(rate.at(26)).to.be.closeTo(0.1 + 0.45 * (1 + Math.SQRT1_2), 1e-12);
    expect(rate.at(101)).to.be.closeTo(0.1, 1e-12);
    expect(rate.at(5000)).to.be.closeTo(0.1, 1e-12);
    expect([1, 2].map((step) => cosine({ peak: 1, steps: 1 }).at(step))).to.deep.equal([1, 0]);
  });

  it('warmup rises in a straight line to the first rate, then runs the other schedule from its start', () => {
    const inner = cosine({ peak: 8e-4, floor: 8e-5, steps: 1800 });
    const rate = warmup(200, inner);
    expect(rate.at(1)).to.be.closeTo(4e-6, 1e-15);
    expect(rate.at(100)).to.be.closeTo(4e-4, 1e-15);
    expect(rate.at(200)).to.equal(8e-4);
    expect(rate.at(201)).to.equal(inner.at(1));
    expect(rate.at(2000)).to.equal(inner.at(1800));
  });

  it('reads plain values; a cosine ends with the run, warm-up included', () => {
    expect(scheduleFrom(3e-4, 10).at(7)).to.equal(3e-4);
    const based = scheduleFrom({ name: 'cosine', peak: 8e-4, floor: 8e-5, warmup: 200 }, 20_000);
    expect(based.at(200)).to.equal(8e-4);
    expect(based.at(19_999)).to.be.above(8e-5);
    expect(based.at(20_000)).to.be.closeTo(8e-5, 1e-18);
    expect(scheduleFrom({ name: 'inverseSqrt', peak: 5e-4 }, 10).at(1)).to.equal(5e-4);
    expect(scheduleFrom({ name: 'constant', rate: 2, warmup: 4 }, 10).at(1)).to.equal(0.5);
  });

  it('describes itself by every number it uses', () => {
    expect(scheduleFrom({ name: 'cosine', peak: 1, warmup: 2 }, 10).settings).to.deep.equal({
      steps: 2,
      then: { name: 'cosine', peak: 1, floor: 0, steps: 8 },
    });
  });

  it('refuses numbers that make no rate', () => {
    expect(() => constant(-1)).to.throw(ConfigError, "constant: argument 'rate'");
    expect(() => constant(NaN)).to.throw(ConfigError, 'rate');
    expect(() => inverseSqrt({ scale: 0 })).to.throw(ConfigError, 'scale');
    expect(() => cosine({ peak: 1, floor: 2, steps: 5 })).to.throw(ConfigError, 'floor');
    expect(() => cosine({ peak: 1, steps: 0 })).to.throw(ConfigError, 'steps');
    expect(() => warmup(1.5, constant(1))).to.throw(ConfigError, 'warmup');
  });
});

import { expect } from 'chai';
import { Random, splitSeed } from '../../src/core/random';

describe('splitSeed', () => {
  it('gives different seeds for different seeds and for different names', () => {
    const split = Array.from({ length: 200 }, (_, seed) =>
      ['q', 'k', 0, 1].map((name) => splitSeed(seed, name)),
    );
    expect(new Set(split.flat()).size).to.equal(800);
  });

  it('gives streams that have nothing to do with one another', () => {
    const first = Array.from({ length: 100 }, (_, seed) => new Random(splitSeed(seed, 'x')).uniform());
    const mean = first.reduce((sum, value) => sum + value, 0) / 100;
    expect(Math.abs(mean - 0.5)).to.be.below(4 / Math.sqrt(12 * 100));
    expect(new Set(first.map((value) => value.toFixed(9))).size).to.equal(100);
  });
});

import { expect } from 'chai';
import { editDistance, nearest } from '../../src/core/suggest';

describe('core/suggest', () => {
  it('counts slips of the pen: wrong, missing, extra and swapped letters', () => {
    for (const [a, b, slips] of [
      ['steps', 'steps', 0],
      ['stpes', 'steps', 1],
      ['step', 'steps', 1],
      ['stepss', 'steps', 1],
      ['staps', 'steps', 1],
      ['', 'abc', 3],
      ['kitten', 'sitting', 3],
    ] as const)
      expect(editDistance(a, b), `${a} ${b}`).to.equal(slips);
  });

  it('offers only what is near', () => {
    expect(nearest('layernorm', ['layerNorm', 'rmsNorm'])).to.equal('layerNorm');
    expect(nearest('bananas', ['layerNorm', 'rmsNorm'])).to.equal(undefined);
    expect(nearest('x', [])).to.equal(undefined);
  });
});

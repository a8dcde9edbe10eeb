import { expect } from 'chai';
import { Random, splitSeed } from '../../src/core/random';
import { leaves, mapTree } from '../../src/core/tree';
import { dims } from '../../src/core/shape';
import { ShapeError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';

describe('core', () => {
  it('walks trees in a fixed order', () => {
    const tree = { b: { y: 1, x: 2 }, a: 3 };
    expect(leaves<number>(tree)).to.deep.equal([
      ['a', 3],
      ['b.x', 2],
      ['b.y', 1],
    ]);
    expect(mapTree<number, string>(tree, (leaf, path) => `${path}=${leaf}`)).to.deep.equal({
      a: 'a=3',
      b: { x: 'b.x=2', y: 'b.y=1' },
    });
  });

  it('continues a random stream from its saved state', () => {
    const first = new Random(7);
    first.uniform();
    const second = new Random(first.state);
    expect([second.normal(), second.integer(0, 99)]).to.deep.equal([first.normal(), first.integer(0, 99)]);
    expect(splitSeed(1, 'a')).not.to.equal(splitSeed(1, 'b'));
  });

  it('names the tensor and axis that disagree', () => {
    tf.tidy(() => {
      const q = tf.zeros([2, 3, 13, 4]);
      const k = tf.zeros([2, 3, 14, 4]);
      expect(() => dims('linear.parallel', { q: [q, 'BHTK'], k: [k, 'BHTK'] })).to.throw(
        ShapeError,
        "linear.parallel: argument 'k' must have shape [B, H, T, K] with T = 13 as in 'q', got [2, 3, 14, 4]",
      );
      expect(dims('f', { q: [q, 'BHTK'] })).to.deep.equal({ B: 2, H: 3, T: 13, K: 4 });
    });
  });
});

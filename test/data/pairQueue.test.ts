import { expect } from 'chai';
import fc from 'fast-check';
import { PairQueue } from '../../src/data/pairQueue';

describe('PairQueue', () => {
  it('gives pairs in order, however pushes and pops are mixed', () => {
    const pair = fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(fc.option(pair, { nil: undefined }), { maxLength: 80 }), (steps) => {
        const queue = new PairQueue();
        const expected: [number, number][] = [];
        for (const step of steps) {
          if (step) {
            queue.push(...step);
            expected.push(step);
          } else {
            expected.sort(([a, b], [c, d]) => a - c || b - d);
            expect(queue.pop()).to.deep.equal(expected.shift());
          }
          expect(queue.size).to.equal(expected.length);
        }
        expected.sort(([a, b], [c, d]) => a - c || b - d);
        for (const next of expected) expect(queue.pop()).to.deep.equal(next);
        expect(queue.pop()).to.equal(undefined);
      }),
    );
  });

  it('is empty after clear', () => {
    const queue = new PairQueue();
    queue.push(2, 1);
    queue.push(1, 2);
    queue.clear();
    expect(queue.size).to.equal(0);
    expect(queue.pop()).to.equal(undefined);
  });
});

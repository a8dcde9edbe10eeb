import { expect } from 'chai';
import { allOrNothing } from '../../src/core/allOrNothing';
import { tf } from '../../src/core/tf';

describe('core/allOrNothing', () => {
  const variable = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([2])));

  it('frees the variables of a failed attempt, no others, and passes the error on', () => {
    const kept = variable();
    const before = tf.memory().numTensors;
    const failure = new Error('no');
    expect(() =>
      allOrNothing(() => {
        variable();
        variable();
        throw failure;
      }),
    ).to.throw(failure);
    expect(tf.memory().numTensors).to.equal(before);
    expect(kept.isDisposed).to.equal(false);
    kept.dispose();
  });

  it('leaves a successful one alone', () => {
    const made = allOrNothing(variable);
    expect([...made.dataSync()]).to.deep.equal([0, 0]);
    made.dispose();
  });
});

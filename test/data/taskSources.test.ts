import { expect } from 'chai';
import { ConfigError } from '../../src/core/errors';
import { IGNORED, type Batch, type BatchSource } from '../../src/data/batch';
import { accuracy, score } from '../../src/data/tasks/accuracy';
import { copy } from '../../src/data/tasks/copy';
import { induction } from '../../src/data/tasks/induction';
import { recall } from '../../src/data/tasks/recall';
import { rowsOf } from './rows';

const tasks: Record<
  string,
  { source: (seed?: number) => BatchSource; solve: (row: number[]) => (number | undefined)[] }
> = {
  recall: {
    source: (seed = 2) =>
      recall({ vocabulary: 32, time: 24, pairs: 4, batch: 6, seed, evaluationSequences: 40 }),
    solve: (row) =>
      row.map((id, t) => (t < 8 ? undefined : row[row.findIndex((key, i) => i % 2 === 0 && key === id) + 1])),
  },
  induction: {
    source: (seed = 2) => induction({ vocabulary: 12, time: 9, batch: 6, seed, evaluationSequences: 40 }),
    solve: (row) => row.map(() => row[row.indexOf(11) + 1]),
  },
  copy: {
    source: (seed = 2) => copy({ vocabulary: 12, time: 10, batch: 6, seed, evaluationSequences: 40 }),
    solve: (row) => row.map((_, t) => row[t - 5]),
  },
};

/** Logits that say what a rule says. */
function logitsOf(
  batch: Batch,
  vocabulary: number,
  solve: (row: number[]) => (number | undefined)[],
): Float32Array {
  const logits = new Float32Array(batch.inputs.length * vocabulary);
  rowsOf(batch).forEach(([inputs], b) =>
    solve(inputs).forEach((answer, t) => {
      if (answer !== undefined) logits[(b * batch.time + t) * vocabulary + answer] = 1;
    }),
  );
  return logits;
}

for (const [name, { source, solve }] of Object.entries(tasks))
  describe(`${name} as a batch source`, () => {
    it('can be solved by its rule, and not by always saying the same', async () => {
      const { vocabulary, evaluation, floor } = source();
      expect(floor).to.equal(0);
      expect(await accuracy(evaluation(), (batch) => logitsOf(batch, vocabulary, solve))).to.equal(1);
      const constant = (batch: Batch) => logitsOf(batch, vocabulary, (row) => row.map(() => 1));
      expect(await accuracy(evaluation(), constant)).to.be.below(0.3);
    });

    it('holds the same sequences out at each call, apart from training, the last batch filled up', () => {
      const data = source();
      const batches = [...data.evaluation()];
      expect(
        batches.map((batch) => rowsOf(batch).filter(([, t]) => t.some((id) => id !== IGNORED)).length),
      ).to.deep.equal([6, 6, 6, 6, 6, 6, 4]);
      data.next();
      expect([...data.evaluation()]).to.deep.equal(batches);
      const heldOut = new Set(batches.flatMap(rowsOf).map(([inputs]) => inputs.join()));
      const trained = Array.from({ length: 50 }, () => rowsOf(data.next())).flat();
      expect(trained.filter(([inputs]) => heldOut.has(inputs.join()))).to.have.length(0);
      expect(rowsOf(source(3).next())).to.not.deep.equal(rowsOf(source(2).next()));
    });

    it('continues bit by bit from a saved state, which another task refuses', () => {
      const data = source();
      data.next();
      const saved: unknown = JSON.parse(JSON.stringify(data.state));
      const ahead = [data.next(), data.next()];
      const again = source();
      again.restore(saved);
      expect([again.next(), again.next()]).to.deep.equal(ahead);
      const other = tasks[name === 'copy' ? 'recall' : 'copy']?.source();
      expect(() => other?.restore(saved)).to.throw(ConfigError, /same source/);
      expect(() => source(7).restore(saved)).to.throw(ConfigError, /same source/);
    });
  });

describe('score', () => {
  const batch: Batch = {
    inputs: new Int32Array(4),
    targets: Int32Array.of(1, IGNORED, 2, 0),
    batch: 2,
    time: 2,
  };

  it('counts asked positions only, and of equal logits the first', () => {
    const logits = [0, 2, 1, /**/ 0, 0, 9, /**/ 5, 5, 5, /**/ -1, -2, -3];
    expect(score(logits, batch)).to.deep.equal({ correct: 2, asked: 3 });
  });

  it('refuses logits of another size, and batches that ask nothing', async () => {
    expect(() => score(new Float32Array(13), batch)).to.throw(
      ConfigError,
      /multiple of batch \* time = 4.*got 13/,
    );
    expect(() => score([], batch)).to.throw(ConfigError);
    const silent = { ...batch, targets: new Int32Array(4).fill(IGNORED) };
    const refused = await accuracy([silent], () => new Float32Array(12)).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ConfigError);
  });
});

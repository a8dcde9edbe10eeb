import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError } from '../../src/core/errors';
import { Random } from '../../src/core/random';
import { IGNORED } from '../../src/data/batch';
import { copy } from '../../src/data/tasks/copy';
import { distinct, weightedOrder } from '../../src/data/tasks/draw';
import { induction } from '../../src/data/tasks/induction';
import { recall } from '../../src/data/tasks/recall';
import { rowsOf } from './rows';

/** Fails when counts do not follow the probabilities: chi-square beyond 4.5 standard deviations (Wilson-Hilferty). */
function expectLaw(counts: readonly number[], probabilities: readonly number[]): void {
  const total = counts.reduce((a, b) => a + b, 0);
  expect(probabilities.reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-12);
  const statistic = probabilities.reduce(
    (sum, p, i) => sum + ((counts[i] ?? 0) - total * p) ** 2 / (total * p),
    0,
  );
  const freedom = probabilities.length - 1;
  const bound = freedom * (1 - 2 / (9 * freedom) + 4.5 * Math.sqrt(2 / (9 * freedom))) ** 3;
  expect(statistic).to.be.below(bound);
}

const normalised = (weights: number[]): number[] => {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
};

describe('drawing without replacement', () => {
  it('distinct: every ordered choice is equally likely', () => {
    const random = new Random(11);
    const counts = new Array<number>(25).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = distinct(random, 2, 3, 7) as unknown as [number, number];
      counts[(a - 3) * 5 + (b - 3)]! += 1;
    }
    const offDiagonal = counts.filter((_, i) => i % 6 !== 0);
    expect(counts.filter((_, i) => i % 6 === 0)).to.deep.equal([0, 0, 0, 0, 0]);
    expectLaw(offDiagonal, new Array<number>(20).fill(1 / 20));
  });

  it('distinct: stays in range and never repeats, up to the whole range', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -50, max: 50 }),
        fc.nat(40),
        fc.nat(40),
        (seed, low, size, less) => {
          const count = Math.max(0, size + 1 - less);
          const drawn = [...distinct(new Random(seed), count, low, low + size)];
          expect(new Set(drawn).size).to.equal(count);
          expect(drawn.every((n) => n >= low && n <= low + size)).to.equal(true);
        },
      ),
    );
  });

  it('weightedOrder: each order has its Plackett-Luce probability', () => {
    const weights = [4, 3, 2, 1];
    const random = new Random(12);
    const orders = new Map<string, number>();
    for (let i = 0; i < 40_000; i++) {
      const order = weightedOrder(random, 4, Float64Array.from(weights)).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    const names: string[] = [];
    const probabilities: number[] = [];
    const extend = (chosen: number[], p: number): void => {
      const left = [0, 1, 2, 3].filter((i) => !chosen.includes(i));
      const sum = left.reduce((s, i) => s + (weights[i] as number), 0);
      if (left.length === 0) return void (names.push(chosen.join('')), probabilities.push(p));
      for (const i of left) extend([...chosen, i], (p * (weights[i] as number)) / sum);
    };
    extend([], 1);
    expect(names).to.have.length(24);
    expectLaw(
      names.map((name) => orders.get(name) ?? 0),
      probabilities,
    );
  });
});

describe('recall (MQAR)', () => {
  const shapes = fc
    .record({
      pairs: fc.integer({ min: 1, max: 8 }),
      more: fc.nat(10),
      extraVocabulary: fc.nat(20),
      seed: fc.integer(),
      fillers: fc.constantFrom('random' as const, 'zeros' as const),
    })
    .map(({ pairs, more, extraVocabulary, seed, fillers }) => {
      const vocabulary = 2 * (pairs + 1) + extraVocabulary;
      return { pairs, time: 4 * pairs + 2 * more, vocabulary, seed, fillers, batch: 3 };
    });

  it('has the published layout for every size', () => {
    fc.assert(
      fc.property(shapes, (options) => {
        const { pairs, vocabulary, time, fillers } = options;
        const half = Math.floor(vocabulary / 2);
        for (const [inputs, targets] of rowsOf(recall(options).next())) {
          const keys = inputs.slice(0, 2 * pairs).filter((_, t) => t % 2 === 0);
          const values = inputs.slice(0, 2 * pairs).filter((_, t) => t % 2 === 1);
          expect(new Set(keys).size).to.equal(pairs);
          expect(new Set(values).size).to.equal(pairs);
          for (const key of keys) expect(key).to.be.within(1, half - 1);
          for (const value of values) expect(value).to.be.within(half, vocabulary - 1);
          const asked = targets.flatMap((target, t) => (target === IGNORED ? [] : [t]));
          expect(asked.map((t) => inputs[t]).sort()).to.deep.equal([...keys].sort());
          for (const t of asked) {
            expect(t >= 2 * pairs && t % 2 === 0, 'first token of a slot').to.equal(true);
            expect(targets[t]).to.equal(values[keys.indexOf(inputs[t] as number)]);
          }
          for (let t = 2 * pairs; t < time; t++)
            if (fillers === 'zeros' && !asked.includes(t)) expect(inputs[t]).to.equal(0);
            else expect(inputs[t]).to.be.within(0, vocabulary - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  /** The slots (from 0) of the pairs in their order in the context, over many sequences. */
  function slotsOf(options: Parameters<typeof recall>[0], batches: number): number[][] {
    const source = recall({ ...options, fillers: 'zeros' });
    return Array.from({ length: batches }, () => rowsOf(source.next())).flatMap((rows) =>
      rows.map(([inputs]) =>
        Array.from(
          { length: options.pairs },
          (_, i) => (inputs.indexOf(inputs[2 * i] as number, 2 * options.pairs) - 2 * options.pairs) / 2,
        ),
      ),
    );
  }

  for (const power of [0.01, 1, 2.5])
    it(`chooses slots with p(s) ∝ s^(${power} - 1) without replacement`, () => {
      const options = { vocabulary: 64, time: 20, pairs: 2, power, batch: 100, seed: 4 };
      const slots = slotsOf(options, 200);
      const law = normalised(Array.from({ length: 8 }, (_, s) => (s + 1) ** (power - 1)));
      const first = new Array<number>(8).fill(0);
      const both = new Array<number>(64).fill(0);
      for (const [a, b] of slots as [number, number][]) {
        first[a]! += 1;
        both[a * 8 + b]! += 1;
      }
      expectLaw(first, law);
      const different = both
        .map((count, i) => ({ count, a: Math.floor(i / 8), b: i % 8 }))
        .filter(({ a, b }) => a !== b);
      expectLaw(
        different.map(({ count }) => count),
        different.map(({ a, b }) => ((law[a] as number) * (law[b] as number)) / (1 - (law[a] as number))),
      );
    });

  it('uses every slot when 4 pairs fill the sequence', () => {
    for (const slots of slotsOf({ vocabulary: 64, time: 32, pairs: 8, batch: 20, seed: 9 }, 5))
      expect([...slots].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('draws keys, values and random fillers evenly, fillers over the whole vocabulary', () => {
    const source = recall({ vocabulary: 21, time: 40, pairs: 3, batch: 200, seed: 5 });
    const [keys, values, fillers] = [9, 11, 21].map((n) => new Array<number>(n).fill(0)) as [
      number[],
      number[],
      number[],
    ];
    for (let step = 0; step < 20; step++)
      for (const [inputs, targets] of rowsOf(source.next()))
        inputs.forEach((id, t) => {
          if (t >= 6) return targets[t] === IGNORED && (fillers[id]! += 1);
          return t % 2 ? (values[id - 10]! += 1) : (keys[id - 1]! += 1);
        });
    expectLaw(keys, new Array<number>(9).fill(1 / 9)); // keys are 1 … 9, values 10 … 20
    expectLaw(values, new Array<number>(11).fill(1 / 11));
    expectLaw(fillers, new Array<number>(21).fill(1 / 21));
  });

  it('refuses what cannot be asked', () => {
    const good = { vocabulary: 64, time: 16, pairs: 4, batch: 2, seed: 1 };
    expect(() => recall(good)).to.not.throw();
    expect(() => recall({ ...good, time: 14 })).to.throw(
      ConfigError,
      /'time' must be even and >= 4 \* pairs = 16, got 14/,
    );
    expect(() => recall({ ...good, time: 17 })).to.throw(ConfigError, /'time'/);
    expect(() => recall({ ...good, pairs: 0 })).to.throw(ConfigError, /'pairs'/);
    expect(() => recall({ ...good, vocabulary: 10 })).to.not.throw();
    expect(() => recall({ ...good, vocabulary: 9 })).to.throw(
      ConfigError,
      /'vocabulary' must be >= .* = 10, got 9/,
    );
    expect(() => recall({ ...good, power: NaN })).to.throw(ConfigError, /'power'/);
    expect(() => recall({ ...good, fillers: 'noise' as 'zeros' })).to.throw(ConfigError, /'fillers'/);
    expect(() => recall({ ...good, evaluationSequences: 0 })).to.throw(ConfigError, /'evaluationSequences'/);
  });
});

describe('induction', () => {
  it('asks at the end for what followed the first marker, at every place evenly', () => {
    const source = induction({ vocabulary: 6, time: 10, batch: 100, seed: 3 });
    const places = new Array<number>(8).fill(0);
    const answers = new Array<number>(5).fill(0);
    for (let step = 0; step < 40; step++)
      for (const [inputs, targets] of rowsOf(source.next())) {
        const first = inputs.indexOf(5);
        places[first]! += 1;
        answers[targets[9] as number]! += 1;
        expect(inputs.filter((id) => id === 5)).to.have.length(2);
        expect(inputs[9]).to.equal(5);
        expect(targets).to.deep.equal([...new Array<number>(9).fill(IGNORED), inputs[first + 1]]);
      }
    expectLaw(places, new Array<number>(8).fill(1 / 8));
    expectLaw(answers, new Array<number>(5).fill(1 / 5));
  });

  it('refuses sizes without a question', () => {
    expect(() => induction({ time: 2, batch: 1, seed: 1 })).to.throw(
      ConfigError,
      /'time' must be an integer >= 3/,
    );
    expect(() => induction({ time: 8, vocabulary: 2, batch: 1, seed: 1 })).to.throw(
      ConfigError,
      /'vocabulary'/,
    );
  });
});

describe('copy', () => {
  it('asks for the first half after the marker', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 3, max: 30 }),
        fc.integer(),
        (n, vocabulary, seed) => {
          for (const [inputs, targets] of rowsOf(copy({ time: 2 * n, vocabulary, batch: 2, seed }).next())) {
            const symbols = inputs.slice(0, n);
            for (const id of symbols) expect(id).to.be.within(0, vocabulary - 2);
            expect(inputs).to.deep.equal([...symbols, vocabulary - 1, ...symbols.slice(0, -1)]);
            expect(targets).to.deep.equal([...new Array<number>(n).fill(IGNORED), ...symbols]);
          }
        },
      ),
    );
  });

  it('refuses an odd length', () => {
    expect(() => copy({ time: 7, batch: 1, seed: 1 })).to.throw(ConfigError, /'time' must be even, got 7/);
    expect(() => copy({ time: 8, vocabulary: 2, batch: 1, seed: 1 })).to.throw(ConfigError, /'vocabulary'/);
  });
});

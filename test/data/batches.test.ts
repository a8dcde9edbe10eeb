import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError } from '../../src/core/errors';
import { IGNORED, randomBytes, splitHeldOut, textBatches, type BatchSource } from '../../src/data/batches';

/** 0, 1, 2 …: an id tells its own place in the text. */
const counting = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

const countingBatches = (
  length: number,
  batch: number,
  time: number,
  seed = 1,
  holdOut = 0.25,
): BatchSource =>
  textBatches(counting(length), { vocabulary: length, bytesPerToken: 1, batch, time, seed, holdOut });

const setups = fc.record({
  length: fc.integer({ min: 60, max: 400 }),
  batch: fc.integer({ min: 1, max: 5 }),
  time: fc.integer({ min: 1, max: 12 }),
  seed: fc.integer(),
});

describe('textBatches', () => {
  it('moves targets by one token and never trains on the held-out end', () => {
    fc.assert(
      fc.property(setups, ({ length, batch, time, seed }) => {
        const source = countingBatches(length, batch, time, seed);
        const cut = splitHeldOut(counting(length), 0.25).train.length;
        for (let step = 0; step < 4; step++) {
          const { inputs, targets } = source.next();
          expect(inputs).to.have.length(batch * time);
          for (let i = 0; i < inputs.length; i++) {
            expect(targets[i]).to.equal((inputs[i] as number) + 1);
            if (i % time) expect(inputs[i]).to.equal((inputs[i - 1] as number) + 1);
          }
          expect(Math.max(...targets)).to.be.below(cut);
        }
      }),
    );
  });

  it('reaches the first and the last training window', () => {
    const source = countingBatches(60, 8, 10); // 45 tokens to train on: windows begin at 0 … 34
    const starts = new Set<number>();
    for (let step = 0; step < 100; step++) {
      const { inputs } = source.next();
      for (let row = 0; row < 8; row++) starts.add(inputs[row * 10] as number);
    }
    expect([...starts].sort((a, b) => a - b)).to.deep.equal([...counting(35)]);
  });

  it('predicts every held-out token but the first exactly once, and fills up with ignored targets', () => {
    fc.assert(
      fc.property(setups, ({ length, batch, time }) => {
        const source = countingBatches(length, batch, time);
        const { heldOut } = splitHeldOut(counting(length), 0.25);
        const seen: number[] = [];
        for (const { inputs, targets } of source.evaluation()) {
          expect(targets).to.have.length(batch * time);
          targets.forEach((target, i) => {
            if (target === IGNORED) return expect(inputs[i]).to.equal(0);
            expect(target).to.equal((inputs[i] as number) + 1);
            seen.push(target);
          });
        }
        expect(seen).to.deep.equal([...heldOut.subarray(1)]);
      }),
    );
  });

  it('spreads a capped evaluation over the whole held-out part, the same at each call', () => {
    const ids = counting(4000);
    const options = { vocabulary: 4000, bytesPerToken: 1, batch: 2, time: 10, seed: 3, holdOut: 0.5 };
    const source = textBatches(ids, { ...options, evaluationBatches: 4 });
    const batches = [...source.evaluation()];
    const starts = batches.flatMap(({ inputs }) => [inputs[0], inputs[10]]);
    expect(starts).to.deep.equal([2000, 2250, 2500, 2750, 3000, 3250, 3500, 3750]);
    expect([...source.evaluation()]).to.deep.equal(batches);
  });

  it('refuses what it cannot use, in one sentence', () => {
    const good = { vocabulary: 50, bytesPerToken: 1, batch: 2, time: 4, seed: 1 };
    const ids = counting(50);
    expect(() => textBatches(counting(20), good)).to.throw(
      ConfigError,
      /'ids' must be at least 5 tokens.*18 and 2/,
    );
    expect(() => textBatches(new Int32Array(0), good)).to.throw(ConfigError, /'ids'/);
    expect(() => textBatches(ids, { ...good, vocabulary: 49 })).to.throw(ConfigError, /0 to 48, got 49/);
    expect(() => textBatches(Int32Array.of(1, -1, 2), good)).to.throw(ConfigError, /got -1/);
    expect(() => textBatches(ids, { ...good, time: 0 })).to.throw(ConfigError, /'time'/);
    expect(() => textBatches(ids, { ...good, batch: 1.5 })).to.throw(ConfigError, /'batch'/);
    expect(() => textBatches(ids, { ...good, seed: NaN })).to.throw(ConfigError, /'seed'/);
    expect(() => textBatches(ids, { ...good, holdOut: 0 })).to.throw(ConfigError, /'holdOut'/);
    expect(() => textBatches(ids, { ...good, holdOut: NaN })).to.throw(ConfigError, /'holdOut'/);
    expect(() => textBatches(ids, { ...good, bytesPerToken: 0 })).to.throw(ConfigError, /'bytesPerToken'/);
    expect(() => textBatches(ids, { ...good, evaluationBatches: 0 })).to.throw(
      ConfigError,
      /'evaluationBatches'/,
    );
  });
});

describe('saved state of a batch source', () => {
  const sources: Record<string, () => BatchSource> = {
    textBatches: () => countingBatches(200, 3, 7),
    randomBytes: () => randomBytes({ batch: 3, time: 7, seed: 5 }),
  };
  for (const [name, make] of Object.entries(sources)) {
    it(`${name} continues bit by bit from JSON, and goes back`, () => {
      const source = make();
      source.next();
      const saved = JSON.stringify(source.state);
      const ahead = [source.next(), source.next()];
      const other = make();
      other.restore(JSON.parse(saved));
      expect([other.next(), other.next()]).to.deep.equal(ahead);
      source.restore(JSON.parse(saved));
      expect([source.next(), source.next()]).to.deep.equal(ahead);
    });

    it(`${name} draws the same from the same seed, and evaluation does not move it`, () => {
      const [one, two] = [make(), make()];
      expect([...one.evaluation()]).to.not.be.empty;
      expect(one.next()).to.deep.equal(two.next());
      expect(one.next()).to.not.deep.equal(make().next());
    });

    it(`${name} refuses a state that is not its own`, () => {
      const source = make();
      const { random } = source.state as { random: number[] };
      const own = { ...(source.state as object) };
      for (const state of [null, 7, 'x', [], {}, { random }, { source: 'another', random }])
        expect(() => source.restore(state)).to.throw(ConfigError, /restore: argument 'state'/);
      for (const bad of [
        [],
        [1, 2, 3],
        [0, 0, 0, 0],
        [1, 2, 3, 0.5],
        [1, 2, 3, 2 ** 40],
        [1, 2, 3, '4'],
        null,
      ])
        expect(() => source.restore({ ...own, random: bad })).to.throw(ConfigError, /'state.random'/);
      expect(source.next()).to.deep.equal(make().next());
    });
  }

  it('tells texts of equal length apart', () => {
    const options = { vocabulary: 300, bytesPerToken: 1, batch: 2, time: 4, seed: 1 };
    const other = textBatches(counting(200).reverse(), options);
    expect(() => textBatches(counting(200), options).restore(other.state)).to.throw(
      ConfigError,
      /same source/,
    );
  });
});

describe('randomBytes', () => {
  it('gives even, independent bytes with the floor ln 256', () => {
    const source = randomBytes({ batch: 64, time: 256, seed: 2, evaluationSequences: 100 });
    expect(source.floor).to.equal(Math.log(256));
    const counts = new Float64Array(256);
    const { inputs, targets } = source.next();
    for (const byte of inputs) counts[byte] = (counts[byte] as number) + 1;
    const expected = inputs.length / 256;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).to.be.within(150, 380); // 255 degrees of freedom: both ends beyond 1 in 100,000
    for (let i = 0; i < inputs.length; i++) if (i % 256) expect(inputs[i]).to.equal(targets[i - 1]);
  });

  it('fills the last evaluation batch up and keeps away from the training stream', () => {
    const source = randomBytes({ batch: 8, time: 16, seed: 2, evaluationSequences: 20 });
    const batches = [...source.evaluation()];
    const rows = batches.map(({ targets }) => targets.filter((t) => t !== IGNORED).length / 16);
    expect(rows).to.deep.equal([8, 8, 4]);
    expect(batches[0]?.inputs).to.not.deep.equal(source.next().inputs);
  });

  it('refuses bad sizes', () => {
    expect(() => randomBytes({ batch: 0, time: 4, seed: 1 })).to.throw(
      ConfigError,
      /randomBytes: argument 'batch'/,
    );
    expect(() => randomBytes({ batch: 1, time: 4, seed: 0.5 })).to.throw(ConfigError, /'seed'/);
  });
});

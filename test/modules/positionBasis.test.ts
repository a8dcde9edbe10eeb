import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError, FileError } from '../../src/core/errors';
import { tf } from '../../src/core/tf';
import { compareWithFourier, fitFourier, fitRamp } from '../../src/modules/fourierFit';
import {
  evaluateBasis,
  pairLogits,
  positionsOf,
  positionWeights,
  sineBasis,
  sineParts,
} from '../../src/modules/positionBasis';
import { basisFromJson, basisToJson, loadBasis, saveBasis } from '../../src/modules/positionBasisFile';
import {
  basisFromParams,
  basisParams,
  columnTensor,
  rowTensor,
} from '../../src/modules/positionBasisTensors';

const make = () => sineBasis({ heads: 3, positionWidth: 5, horizon: 11, seed: 7 });
/** A basis with large numbers, so that a forgotten term cannot hide. */
const wild = () => {
  const small = make();
  const scale = (list: readonly number[]) => list.map((value) => 60 * value);
  return {
    ...small,
    heads: small.heads.map((head) => ({
      columnFrequency: scale(head.columnFrequency),
      columnPhase: scale(head.columnPhase),
      rowFrequency: scale(head.rowFrequency),
      rowPhase: scale(head.rowPhase),
      amplitude: scale(head.amplitude),
    })),
  };
};

describe('position basis', () => {
  it('starts uniform in (-0.05, 0.05), the same for the same seed', () => {
    const { heads } = sineBasis({ heads: 8, positionWidth: 64, horizon: 11, seed: 3 });
    const all = heads.flatMap((head) => Object.values(head) as number[][]).flat();
    expect(all).to.have.length(8 * 64 * 5);
    expect(Math.max(...all))
      .to.be.below(0.05)
      .and.above(0.0495);
    expect(Math.min(...all))
      .to.be.above(-0.05 - 1e-9)
      .and.below(-0.0495);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    expect(Math.abs(mean)).to.be.below((4 * 0.1) / Math.sqrt(12 * all.length));
    expect(make()).to.deep.equal(make());
    expect(sineBasis({ heads: 3, positionWidth: 5, horizon: 11, seed: 8 })).to.not.deep.equal(make());
    expect(new Set(all).size).to.be.above(all.length - 5); // no list is a copy of another
  });

  it('places tokens at i·t/(N-1), both ends included', () => {
    expect(positionsOf({ horizon: 5, span: 1 }, 5)).to.deep.equal([0, 0.25, 0.5, 0.75, 1]);
    expect(positionsOf({ horizon: 5, span: 0.5 }, 2, 3)).to.deep.equal([0.375, 0.5]);
    expect(positionsOf({ horizon: 1, span: 1 }, 2)).to.deep.equal([0, 0]);
    expect(positionsOf({ horizon: 5, span: 1 }, 1, 8)).to.deep.equal([2]); // past the horizon the ramp goes on
  });

  it('evaluates both sums of sines with the shared amplitudes', () => {
    const basis = wild();
    const { column, row } = evaluateBasis(basis, 11);
    basis.heads.forEach((head, h) => {
      for (let i = 0; i < 11; i++) {
        let p1 = 0;
        let p2 = 0;
        for (let m = 0; m < 5; m++) {
          p1 += head.amplitude[m]! * Math.sin((head.columnFrequency[m]! * i) / 10 + head.columnPhase[m]!);
          p2 += head.amplitude[m]! * Math.sin((head.rowFrequency[m]! * i) / 10 + head.rowPhase[m]!);
        }
        expect(column[h]![i]!).to.be.closeTo(p1, 1e-12);
        expect(row[h]![i]!).to.be.closeTo(p2, 1e-12);
      }
    });
    expect(evaluateBasis(basis, [0.3]).column[1]).to.have.length(1);
  });

  it('pairs are P1_j + P2_i; a prefix softmax forgets P2, an extra diagonal entry does not', () => {
    const basis = wild();
    const { column, row } = evaluateBasis(basis, 6);
    const logits = pairLogits(basis, 6);
    const prefix = positionWeights(basis, 6);
    const full = positionWeights(basis, 6, 'extraEntry');
    let moved = 0;
    for (let h = 0; h < 3; h++) {
      for (let i = 0; i < 6; i++) {
        const mass = column[h]!.slice(0, i + 1).reduce((sum, p1) => sum + Math.exp(p1), 0);
        const gate = 1 / (1 + Math.exp(row[h]![i]!) * mass);
        for (let j = 0; j < 6; j++) {
          expect(logits[h]![i]![j]!).to.be.closeTo(column[h]![j]! + row[h]![i]!, 1e-12);
          const weight = j > i ? 0 : Math.exp(column[h]![j]!) / mass;
          expect(prefix[h]![i]![j]!).to.be.closeTo(weight, 1e-12);
          expect(full[h]![i]![j]!).to.be.closeTo((1 - gate) * weight + (i === j ? gate : 0), 1e-12);
          if (j > i) expect(full[h]![i]![j]!).to.equal(0);
        }
        moved = Math.max(moved, gate);
      }
    }
    expect(moved).to.be.above(0.1);
  });

  it('survives a file to the last bit and names what is wrong with a bad one', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'basis-')), 'basis.json');
    const basis = wild();
    saveBasis(path, basis);
    expect(loadBasis(path)).to.deep.equal(basis);
    const json = basisToJson(basis);
    expect(() => basisFromJson({ ...json, version: 2 })).to.throw(
      FileError,
      "field 'version' must be 1, got 2",
    );
    expect(() => basisFromJson({ ...json, horizon: 0 })).to.throw(FileError, "'horizon'");
    const [first] = json.heads;
    const broken = { ...json, heads: [{ ...first, rowPhase: [1] }] };
    expect(() => basisFromJson(broken)).to.throw(FileError, "'heads[0].rowPhase'");
    expect(() => basisFromJson(null)).to.throw(FileError, "'format'");
    writeFileSync(path, '{"format": ');
    expect(() => loadBasis(path)).to.throw(FileError, path);
    expect(() => loadBasis(`${path}.missing`)).to.throw(FileError, 'missing');
    expect(() => saveBasis(`${path}.missing/a.json`, basis)).to.throw(FileError, 'in a folder that exists');
  });

  it('refuses impossible sizes', () => {
    const options = { heads: 1, positionWidth: 1, horizon: 1, seed: 1 };
    expect(() => sineBasis({ ...options, heads: 0 })).to.throw(ConfigError, "'heads'");
    expect(() => sineBasis({ ...options, positionWidth: 1.5 })).to.throw(ConfigError, "'positionWidth'");
    expect(() => sineBasis({ ...options, horizon: 0 })).to.throw(ConfigError, "'horizon'");
    expect(() => sineBasis({ ...options, span: 0 })).to.throw(ConfigError, "'span'");
  });
});

describe('position basis as tensors', () => {
  const place = { horizon: 11, span: 1 };

  it('agrees with the plain numbers, at an offset and past the horizon too, and reads back', () => {
    const basis = wild();
    const params = basisParams(basis);
    const back = basisFromParams(params, place);
    expect(back.heads[2]!.rowPhase[4]!).to.equal(Math.fround(basis.heads[2]!.rowPhase[4]!));
    for (const [time, offset] of [
      [11, 0],
      [7, 9],
    ] as const) {
      const expected = evaluateBasis(basis, positionsOf(place, time, offset));
      const values = tf.tidy(() => ({
        column: columnTensor(params, place, time, offset),
        row: rowTensor(params, place, time, offset),
      }));
      for (const half of ['column', 'row'] as const) {
        const got = values[half].arraySync();
        got.forEach((line, h) =>
          line.forEach((value, i) => expect(value).to.be.closeTo(expected[half][h]![i]!, 3e-6)),
        );
      }
      tf.dispose(values);
    }
    tf.dispose({ ...params });
  });

  it('has the gradient of finite differences for all five parts', () => {
    const basis = wild();
    const params = basisParams(basis);
    // different weights for every entry, so that no two errors can cancel
    const weight = (h: number, i: number, side: number) => Math.sin(1 + h + 3 * i + 7 * side);
    const scalar = (values: { column: ArrayLike<ArrayLike<number>>; row: ArrayLike<ArrayLike<number>> }) => {
      let sum = 0;
      for (let h = 0; h < 3; h++)
        for (let i = 0; i < 6; i++)
          sum += weight(h, i, 0) * values.column[h]![i]! + weight(h, i, 1) * values.row[h]![i]!;
      return sum;
    };
    const weights = [0, 1].map((side) =>
      tf.tensor2d([0, 1, 2].map((h) => [0, 1, 2, 3, 4, 5].map((i) => weight(h, i, side)))),
    );
    const { grads } = tf.variableGrads(
      () => {
        const [column, row] = [columnTensor(params, place, 6), rowTensor(params, place, 6)];
        return tf.add<tf.Scalar>(tf.sum(tf.mul(column, weights[0]!)), tf.sum(tf.mul(row, weights[1]!)));
      },
      Object.values(params) as tf.Variable[],
    );
    for (const part of sineParts) {
      const gradient = grads[params[part].name]!.arraySync() as number[][];
      for (let h = 0; h < 3; h++)
        for (let m = 0; m < 5; m++) {
          const at = (step: number) => {
            const moved = JSON.parse(JSON.stringify(basis));
            moved.heads[h][part][m] += step;
            return scalar(evaluateBasis(moved, positionsOf(place, 6)));
          };
          const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
          expect(gradient[h]![m]!, `${part}[${h}][${m}]`).to.be.closeTo(
            slope,
            1e-4 * Math.max(1, Math.abs(slope)),
          );
        }
    }
    tf.dispose([...weights, ...(Object.values(params) as tf.Variable[]), ...Object.values(grads)]);
  });
});

describe('Fourier fit', () => {
  const grid = Array.from({ length: 40 }, (_, i) => i);

  it('finds the coefficients of a series that is one', () => {
    const turn = (k: number, i: number) => (2 * Math.PI * k * i) / 40;
    const fit = fitFourier(
      grid.map((i) => 3 + 2 * Math.cos(turn(1, i)) - 0.5 * Math.sin(turn(3, i))),
      4,
    );
    expect(fit.mean).to.be.closeTo(3, 1e-12);
    [2, 0, 0, 0].forEach((value, k) => expect(fit.cosine[k]).to.be.closeTo(value, 1e-12));
    [0, 0, -0.5, 0].forEach((value, k) => expect(fit.sine[k]).to.be.closeTo(value, 1e-12));
    expect(fit.residual).to.be.below(1e-12);
    expect(fit.explained).to.be.closeTo(1, 1e-12);
  });

  it('is the least-squares fit: no small change of a coefficient fits better', () => {
    const values = grid.map((i) => Math.exp(-i / 9) + Math.sin(i * i));
    const fit = fitFourier(values, 3);
    for (let k = 1; k <= 3; k++)
      for (const wave of [Math.cos, Math.sin])
        for (const step of [1e-3, -1e-3]) {
          const error = grid.reduce(
            (sum, i) => sum + (values[i]! - fit.fitted[i]! - step * wave((2 * Math.PI * k * i) / 40)) ** 2,
            0,
          );
          expect(Math.sqrt(error / 40)).to.be.above(fit.residual);
        }
  });

  it('explains 6/π² of a ramp with one harmonic, and a line explains all of it', () => {
    const ramp = Array.from({ length: 2000 }, (_, i) => 5 - i);
    expect(fitFourier(ramp, 1).explained).to.be.closeTo(6 / Math.PI ** 2, 1e-3);
    const { slope, intercept, explained } = fitRamp(ramp);
    expect(slope).to.be.closeTo(-1999, 1e-9);
    expect(intercept).to.be.closeTo(5, 1e-9);
    expect(explained).to.be.closeTo(1, 1e-12);
  });

  it('calls the initial basis a ramp and a true Fourier basis no ramp', () => {
    for (const { ramp, fourier } of compareWithFourier(
      sineBasis({ heads: 4, positionWidth: 16, horizon: 64, seed: 1 }),
      64,
      1,
    )) {
      expect(ramp.explained).to.be.above(0.999);
      expect(fourier.explained).to.be.below(0.65);
    }
    const wave = {
      columnFrequency: [2 * Math.PI],
      columnPhase: [1],
      rowFrequency: [4 * Math.PI],
      rowPhase: [0],
      amplitude: [1],
    };
    for (const { ramp, fourier } of compareWithFourier({ horizon: 65, span: 1, heads: [wave] }, 64, 2)) {
      expect(fourier.explained).to.be.closeTo(1, 1e-12);
      expect(ramp.explained).to.be.below(0.65);
    }
  });

  it('refuses more coefficients than values', () => {
    expect(() => fitFourier([1, 2], 1)).to.throw(
      ConfigError,
      "'values.length' must be an integer >= 3, got 2",
    );
    expect(() => fitRamp([1])).to.throw(ConfigError);
  });
});

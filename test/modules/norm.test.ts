import { expect } from 'chai';
import { randomNormal } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';
import type { Norm } from '../../src/modules/norm';
import { layerNorm, norms, plainLayerNorm, rmsNorm } from '../../src/modules/norm';
import { expectSame } from './support/check';

const D = 5;

/** (x - centre) / sqrt(mean of squares + eps) per row, times scale, plus shift. */
function reference(centred: 'centred' | 'raw', epsilon: number) {
  return (x: Float64Array, scale?: Float64Array, shift?: Float64Array): Float64Array => {
    const out = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += D) {
      const row = x.slice(start, start + D);
      const mean = centred === 'centred' ? row.reduce((sum, value) => sum + value, 0) / D : 0;
      const square = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / D;
      row.forEach((value, i) => {
        const y = (value - mean) / Math.sqrt(square + epsilon);
        out[start + i] = y * (scale?.[i] ?? 1) + (shift?.[i] ?? 0);
      });
    }
    return out;
  };
}

function check(norm: Norm, names: string[], expected: ReturnType<typeof reference>): void {
  const x = randomNormal([2, 3, D], 1, 0.5, 1);
  const rest = names.map((_, i) => randomNormal([D], 1, 0.5, 2 + i));
  expectSame(
    (y, ...params) =>
      norm.apply(Object.fromEntries(names.map((name, i) => [name, params[i] as tf.Variable])), y),
    expected,
    [x, ...rest],
  );
  tf.dispose([x, ...rest]);
}

describe('norms', () => {
  it('layerNorm: eps 1e-5, scale and shift, every gradient', () =>
    check(layerNorm, ['scale', 'shift'], reference('centred', 1e-5)));

  it('rmsNorm: eps 1e-5, scale, every gradient', () => check(rmsNorm, ['scale'], reference('raw', 1e-5)));

  it("plainLayerNorm: ELiTA's, eps 1e-3, no parameters", () =>
    check(plainLayerNorm, [], reference('centred', 1e-3)));

  it('start as the identity on standardised vectors, with the parameters they name', () => {
    for (const [name, norm] of Object.entries(norms)) {
      expect(norm.name).to.equal(name);
      const params = norm.init(D);
      for (const [part, value] of Object.entries(params))
        expect([...(value as tf.Variable).dataSync()]).to.deep.equal(Array(D).fill(part === 'scale' ? 1 : 0));
      disposeTree(params);
    }
  });
});

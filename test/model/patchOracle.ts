import type { tf } from '../../src/core/tf';
import { leaves } from '../../src/core/tree';
import type { PatchModel } from '../../src/model/patchModel';

type Row = number[];

/** The published patch models in plain float64 loops, one sequence at a time: logits `[B][T][256]`. */
export function patchOracle(model: PatchModel, ids: number[][]): Row[][] {
  const { version, form, width: D, layers, patch: P } = model.config;
  const weights = new Map(
    leaves<tf.Variable>(model.parameters).map(([path, w]) => [path, { shape: w.shape, data: w.dataSync() }]),
  );
  const get = (path: string) => weights.get(path)!;

  /** x W + b for one row. */
  const linear = (x: Row, weight: string, bias?: string): Row => {
    const { shape, data } = get(weight);
    const [rows, columns] = shape as [number, number];
    return Array.from({ length: columns }, (_, c) => {
      let sum = bias === undefined ? 0 : get(bias).data[c]!;
      for (let r = 0; r < rows; r++) sum += x[r]! * data[r * columns + c]!;
      return sum;
    });
  };
  const full = (x: Row, name: string): Row => linear(x, `${name}.weight`, `${name}.bias`);
  const add = (a: Row, b: Row): Row => a.map((value, i) => value + b[i]!);
  const norm = (x: Row, name: string): Row => {
    const mean = x.reduce((s, value) => s + value, 0) / D;
    const variance = x.reduce((s, value) => s + (value - mean) ** 2, 0) / D;
    return x.map(
      (value, i) =>
        ((value - mean) / Math.sqrt(variance + 1e-5)) * get(`${name}.scale`).data[i]! +
        get(`${name}.shift`).data[i]!,
    );
  };
  const mlp = (x: Row, name: string): Row =>
    full(
      full(x, `${name}.up`).map((value) => (value * (1 + erf(value / Math.SQRT2))) / 2),
      `${name}.down`,
    );
  const kernel = (rows: Row[], name: string): Row[] => {
    const state = new Array<number>(D).fill(0);
    return rows.map((x) => {
      const joined = version === '1.1' ? full(x, `${name}.qkv`) : [];
      const part = (which: number): Row =>
        version === '1.1' ? joined.slice(which * D, (which + 1) * D) : full(x, `${name}.${'qkv'[which]}`);
      const [q, k, v] = [part(0), part(1), part(2)];
      const gate = full(x, `${name}.gate`);
      return q.map((value, c) => {
        state[c]! += k[c]! * v[c]!;
        return (value * state[c]!) / (1 + Math.exp(-gate[c]!));
      });
    });
  };

  return ids.map((bytes) => {
    const embed = (byte: number): Row => Array.from(get('embedding').data.slice(byte * D, (byte + 1) * D));
    let x: Row[] = Array.from({ length: bytes.length / P }, (_, p) => {
      const group = bytes.slice(p * P, (p + 1) * P).map(embed);
      if (version === '1.1') return full(group.flat(), 'ends.encoder');
      return group.reduce(add).map((value) => value / P);
    });
    x = x.map((row) => add(row, linear(row, 'hash').map(Math.tanh)));
    for (let layer = 0; layer < layers; layer++) {
      const name = `blocks.${String(layer).padStart(2, '0')}`;
      if (version === '1.0') {
        const mixed = kernel(x, `${name}.kernel`).map((row, n) => add(x[n]!, row));
        x = mixed.map((row) => norm(mlp(norm(row, `${name}.first`), `${name}.mlp`), `${name}.second`));
      } else {
        const before = x.map((row) => norm(row, `${name}.first`));
        const mixed = kernel(before, `${name}.kernel`).map((row, n) => add(x[n]!, row));
        x = mixed.map((row) => add(row, mlp(norm(row, `${name}.second`), `${name}.mlp`)));
      }
    }
    if (form === 'shifted') x = [new Array<number>(D).fill(0), ...x.slice(0, -1)];
    return x.flatMap((row) => {
      if (version === '1.0') {
        const all = full(row, 'ends.decoder');
        return Array.from({ length: P }, (_, i) => all.slice(i * 256, (i + 1) * 256));
      }
      const spread = linear(row, 'ends.unpatch.weight');
      return Array.from({ length: P }, (_, i) => {
        const byte = spread
          .slice(i * D, (i + 1) * D)
          .map((value, c) => value + get('ends.unpatch.bias').data[c]!);
        return full(byte, 'ends.head');
      });
    });
  });
}

/** The error function by its series, good to 1e-15 for the small arguments that occur here. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

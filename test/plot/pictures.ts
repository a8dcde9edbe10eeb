import { basisCurves, basisPlot, heatmaps, lossCurve, scalingCurve, scalingPoint } from '../../src/plot';
import type { Figure } from '../../src/plot';

// plain arithmetic stands in for trained models: the same numbers on every machine
const wave = (n: number) => Math.sin(12.9898 * n) * Math.cos(4.1 * n);

/** Causal weights `[time][time]` with a pattern of their own per head. */
export function causalWeights(time: number, head: number): number[][] {
  return Array.from({ length: time }, (_, i) => {
    const logits = Array.from(
      { length: i + 1 },
      (_, j) => 3 * Math.sin(0.3 * j * (head + 1)) + (i === j ? 2 : 0),
    );
    const top = Math.max(...logits);
    const terms = logits.map((logit) => Math.exp(logit - top));
    const total = terms.reduce((sum, term) => sum + term, 0);
    return Array.from({ length: time }, (_, j) => (terms[j] ?? 0) / total);
  });
}

const p1 = (head: number, n: number) => 4 * Math.sin((n * (head + 2)) / 80 + head);
const p2 = (head: number, n: number) => 2 * Math.cos((n * (head + 1)) / 60);

/** Logits `[time][time]`: a column part plus a row part. */
export function pairLogits(time: number, head: number): number[][] {
  return Array.from({ length: time }, (_, i) =>
    Array.from({ length: time }, (_, j) => p1(head, j) + p2(head, i)),
  );
}

const heads = <T>(count: number, make: (head: number) => T) =>
  Array.from({ length: count }, (_, head) => make(head));
const steps = Array.from({ length: 600 }, (_, n) => n + 1);
const run = (name: string, floor: number) => ({
  name,
  steps,
  losses: steps.map((n) => floor + (5.6 - floor) * Math.exp(-n / 90) + 0.12 * wave(n + floor)),
  heldOut: {
    steps: [100, 200, 300, 400, 500, 600],
    losses: [100, 200, 300, 400, 500, 600].map((n) => floor + 0.1 + (5.6 - floor) * Math.exp(-n / 90)),
  },
});
const lengths = [256, 512, 1024, 2048, 4096];
const series = (name: string, cost: (length: number) => number) => ({
  name,
  points: lengths.map((length) =>
    scalingPoint(
      length,
      [1, 2, 3, 4, 5].map((n) => cost(length) * (1 + 0.15 * wave(n + length))),
    ),
  ),
});

/** One figure of every kind and size that notebooks show. */
export const pictures: Readonly<Record<string, Figure>> = {
  'heatmaps-1': heatmaps({
    title: 'Attention of one head',
    quantity: 'weights',
    maps: [causalWeights(32, 1)],
  }),
  'heatmaps-4': heatmaps({
    title: 'Attention of four heads',
    quantity: 'weights',
    maps: heads(4, (head) => causalWeights(24, head)),
  }),
  'heatmaps-8': heatmaps({
    title: 'Logits of eight heads',
    quantity: 'logits',
    maps: heads(8, (head) => pairLogits(64, head)),
  }),
  'heatmaps-64': heatmaps({
    title: 'Attention of 64 heads',
    quantity: 'weights',
    maps: heads(64, (head) => causalWeights(64, head)),
  }),
  'basis-8': basisPlot({
    logits: heads(8, (head) => pairLogits(64, head)),
    weights: heads(8, (head) => causalWeights(64, head)),
  }),
  'basis-64': basisPlot({
    logits: heads(64, (head) => pairLogits(64, head)),
    weights: heads(64, (head) => causalWeights(64, head)),
  }),
  curves: basisCurves({
    column: heads(8, (head) => steps.slice(0, 256).map((n) => p1(head, n))),
    row: heads(8, (head) => steps.slice(0, 256).map((n) => p2(head, n))),
  }),
  loss: lossCurve({
    runs: [run('ELiTA (302 K parameters)', 2.3), run('softmax (305 K parameters)', 2.2)],
    yardsticks: [
      { name: 'uniform guess, ln 256', value: Math.log(256) },
      { name: 'byte frequencies alone', value: 3.09 },
    ],
  }),
  scaling: scalingCurve({
    series: [
      series('softmax', (length) => 5 + length ** 2 / 20000),
      series('ELiTA', (length) => 4 + length / 30),
      series('linear (ELU + 1)', (length) => 3 + length / 25),
    ],
    quantity: 'time per training step (ms)',
  }),
};

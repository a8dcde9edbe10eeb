import { expect } from 'chai';
import { PNG } from 'pngjs';
import { figurePng } from '../../kernel-ext/display/figure';
import { FigureError, basisPlot, heatmaps } from '../../src/plot';
import type { Figure } from '../../src/plot';
import { diverging, sequential } from '../../src/plot/theme';
import { causalWeights, pairLogits } from './pictures';

interface Trace {
  z: (number | null)[][];
  x0?: number;
  dx?: number;
  coloraxis: string;
  hovertemplate: string;
}
interface ColourAxis {
  cmin: number;
  cmax: number;
  colorscale: [number, string][];
}
const traces = (figure: Figure) => figure.plotly?.data as unknown as Trace[];
const axis = (figure: Figure, name: string) => figure.plotly?.layout[name] as unknown as ColourAxis;

describe('heatmaps', () => {
  it('keeps the numbers, query down and key across', () => {
    const [trace] = traces(
      heatmaps({
        title: 'x',
        quantity: 'logits',
        maps: [
          [
            [1, 2],
            [3, -4],
          ],
        ],
      }),
    );
    expect(trace?.z).to.deep.equal([
      [1, 2],
      [3, -4],
    ]);
  });

  it('leaves out what comes after the diagonal when all of it is zero, minus infinity or NaN', () => {
    const maps = [
      [
        [0.5, -Infinity, NaN],
        [1, 2, 0],
        [1, 2, 3],
      ],
    ];
    const [trace] = traces(heatmaps({ title: 'x', quantity: 'logits', maps }));
    expect(trace?.z).to.deep.equal([[0.5], [1, 2], [1, 2, 3]]);
  });

  it('shows a leak past the diagonal in one head, and then the zeros of all', () => {
    const maps = [
      [
        [1, 0],
        [0.5, 0.5],
      ],
      [
        [0.9, 0.1],
        [0.5, 0.5],
      ],
    ];
    const [first, second] = traces(heatmaps({ title: 'x', quantity: 'weights', maps }));
    expect(first?.z).to.deep.equal([
      [1, 0],
      [0.5, 0.5],
    ]);
    expect(second?.z).to.deep.equal([
      [0.9, 0.1],
      [0.5, 0.5],
    ]);
  });

  it('puts the diagonal at the end when there are more keys than queries', () => {
    const [trace] = traces(
      heatmaps({
        title: 'x',
        quantity: 'weights',
        maps: [
          [
            [0.5, 0.5, 0],
            [0.2, 0.3, 0.5],
          ],
        ],
      }),
    );
    expect(trace?.z).to.deep.equal([
      [0.5, 0.5],
      [0.2, 0.3, 0.5],
    ]);
  });

  it('colours weights from zero up and logits around zero, one scale for all heads', () => {
    const weights = heatmaps({ title: 'x', quantity: 'weights', maps: [[[0.25]], [[0.5]]] });
    expect(axis(weights, 'coloraxis')).to.include({ cmin: 0, cmax: 0.5 });
    expect(axis(weights, 'coloraxis').colorscale[0]?.[1]).to.equal(sequential[0]);
    const logits = heatmaps({ title: 'x', quantity: 'logits', maps: [[[-3]], [[2]]] });
    expect(axis(logits, 'coloraxis')).to.include({ cmin: -3, cmax: 3 });
    const middle = axis(logits, 'coloraxis').colorscale.find(([place]) => place === 0.5);
    expect(middle?.[1]).to.equal(diverging[5]);
  });

  it('never mixes logits and weights in one scale', () => {
    const figure = basisPlot({ logits: [pairLogits(8, 0)], weights: [causalWeights(8, 0)] });
    expect(traces(figure).map(({ coloraxis }) => coloraxis)).to.deep.equal(['coloraxis', 'coloraxis2']);
    expect(axis(figure, 'coloraxis').colorscale[0]?.[1]).to.equal(diverging[0]);
    expect(axis(figure, 'coloraxis2').colorscale[0]?.[1]).to.equal(sequential[0]);
  });

  it('averages blocks when there are very many cells, and says so', () => {
    const time = 512;
    const map = Array.from({ length: time }, (_, i) => Array.from({ length: time }, (_, j) => i * time + j));
    const [trace] = traces(heatmaps({ title: 'x', quantity: 'logits', maps: [map] }));
    const block = trace?.dx ?? 0;
    expect(block).to.be.greaterThan(1);
    expect(trace?.hovertemplate).to.include(`mean of ${block} × ${block} cells`);
    // the mean of a linear function over a block is its value in the middle of the block
    const middle = (block - 1) / 2;
    expect(trace?.x0).to.equal(middle);
    expect(trace?.z[1]?.[2]).to.be.closeTo((block + middle) * time + 2 * block + middle, 100);
  });

  it('paints each cell of the still picture in the colour of its number', async () => {
    const maps = [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    ];
    const png = PNG.sync.read(await figurePng(heatmaps({ title: 'x', quantity: 'signedWeights', maps })));
    const counts = new Map<string, number>();
    for (let at = 0; at < png.data.length; at += 4) {
      const colour = `#${png.data.subarray(at, at + 3).toString('hex')}`;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    // a whole panel has 300 x 300 CSS pixels, four PNG pixels each; half of the first is 1, half is 0
    const panel = 4 * 300 * 300;
    const full = diverging[diverging.length - 1] as string;
    expect(counts.get(full)).to.be.within(panel * 0.49, panel * 0.56);
  });

  it('summarises: how many, how large, where the largest number is', () => {
    const { text } = heatmaps({
      title: 'Two',
      quantity: 'logits',
      maps: [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [0, -7],
          [0, 0],
        ],
      ],
    });
    expect(text).to.equal(
      'Two: 2 heatmaps of 2 queries by 2 keys; the largest logit in size is 7 (head 2, query 0, key 1).',
    );
  });

  it('lets no name act as markup', () => {
    const nasty = '<a href="javascript:alert(1)">x</a>';
    const figure = heatmaps({
      title: nasty,
      quantity: 'weights',
      maps: [[[1]]],
      names: [nasty],
      legend: nasty,
    });
    expect(JSON.stringify(figure.plotly)).to.not.match(/<a|<\/a/);
  });

  const wrong: [string, () => Figure, RegExp][] = [
    [
      'no map',
      () => heatmaps({ title: 'x', quantity: 'weights', maps: [] }),
      /'maps' must be at least one map/,
    ],
    [
      'maps of two shapes',
      () =>
        heatmaps({
          title: 'x',
          quantity: 'weights',
          maps: [
            [[1]],
            [
              [1, 0],
              [0, 1],
            ],
          ],
        }),
      /'maps' must be maps of one shape \[1, 1\], got \[2, 2, 2\]/,
    ],
    [
      'a row that is too short',
      () => heatmaps({ title: 'x', quantity: 'weights', maps: [[[1, 0], [0]]] }),
      /one shape \[2, 2\]/,
    ],
    [
      'negative weights',
      () => heatmaps({ title: 'x', quantity: 'weights', maps: [[[-1]]] }),
      /'signedWeights' for maps with negative numbers/,
    ],
    [
      'too few names',
      () => heatmaps({ title: 'x', quantity: 'weights', maps: [[[1]]], names: [] }),
      /'names' must be an array of 1 names/,
    ],
    [
      'nothing finite',
      () => heatmaps({ title: 'x', quantity: 'logits', maps: [[[NaN]]] }),
      /at least one finite number/,
    ],
    [
      'bases of different sizes',
      () => basisPlot({ logits: [[[1]], [[1]]], weights: [[[1]]] }),
      /'weights' must be 2 maps/,
    ],
  ];
  for (const [what, make, sentence] of wrong)
    it(`explains ${what}`, () => expect(make).to.throw(FigureError, sentence));
});

import { expect } from 'chai';
import fc from 'fast-check';
import { FigureError, fitSlope, lossCurve, scalingCurve, scalingPoint, textTable } from '../../src/plot';
import { thin } from '../../src/plot/series';

describe('fitSlope', () => {
  it('finds slope and standard error of a textbook example', () => {
    // ln y = 1, 3, 2, 5 over ln x = 0, 1, 2, 3: Sxx = 5, Sxy = 5.5, residuals -0.1, 0.8, -1.3, 0.6
    const fit = fitSlope([0, 1, 2, 3].map(Math.exp), [1, 3, 2, 5].map(Math.exp));
    expect(fit.slope).to.be.closeTo(1.1, 1e-12);
    expect(fit.intercept).to.be.closeTo(1.1, 1e-12);
    expect(fit.error).to.be.closeTo(Math.sqrt(2.7 / 2 / 5), 1e-12);
    expect(fit.points).to.equal(4);
  });

  it('finds every power law exactly', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (slope, intercept) => {
          const lengths = [16, 64, 128, 1000, 4096];
          const fit = fitSlope(
            lengths,
            lengths.map((length) => Math.exp(intercept) * length ** slope),
          );
          expect(fit.slope).to.be.closeTo(slope, 1e-9);
          expect(fit.intercept).to.be.closeTo(intercept, 1e-8);
          expect(fit.error).to.be.below(1e-7);
        },
      ),
    );
  });

  it('cannot tell the error of a line through two points', () => {
    const { slope, error } = fitSlope([1, 2], [3, 12]);
    expect(slope).to.be.closeTo(2, 1e-12);
    expect(error).to.be.NaN;
  });

  it('explains what cannot be fitted', () => {
    expect(() => fitSlope([1, 1], [1, 2])).to.throw(FigureError, /'lengths' must be at least two different/);
    expect(() => fitSlope([1, 2], [0, 2])).to.throw(FigureError, /'values' must be positive numbers, got 0/);
    expect(() => fitSlope([1, 2], [1])).to.throw(FigureError, /as many numbers as lengths \(2\), got 1/);
  });
});

describe('scalingCurve', () => {
  const series = [
    { name: 'quadratic', points: [64, 128, 256].map((length) => ({ length, value: length ** 2 })) },
    { name: 'flat', points: [64, 128, 256].map((length) => scalingPoint(length, [9, 10, 12])) },
  ];

  it('writes the slopes into legend and sentence', () => {
    const figure = scalingCurve({ series, quantity: 'memory (MB)' });
    expect(JSON.stringify(figure.vegalite)).to.include('quadratic: slope 2.00 ± 0.00');
    expect(figure.text).to.match(/quadratic grows like T to the power 2\.00 and flat .* 0\.00\.$/);
  });

  it('draws spread only where it was measured', () => {
    const spread = (shown: typeof series) =>
      JSON.stringify(scalingCurve({ series: shown, quantity: 'memory (MB)' })).includes('"high"');
    expect(spread(series)).to.equal(true);
    expect(spread(series.slice(0, 1))).to.equal(false);
  });

  it('takes the median of repeats', () => {
    expect(scalingPoint(8, [5, 1, 3])).to.deep.equal({ length: 8, value: 3, low: 1, high: 5 });
    expect(scalingPoint(8, [4, 1, 2, 3]).value).to.equal(2.5);
    expect(() => scalingPoint(8, [])).to.throw(FigureError, /at least one number/);
  });
});

describe('thin', () => {
  it('keeps few points as they are, without those that are not finite', () => {
    expect(thin([1, 2, 3], [5, NaN, 4], 10)).to.deep.equal([
      { x: 1, y: 5 },
      { x: 3, y: 4 },
    ]);
  });

  it('keeps ends, order, mean and extremes of any long curve', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 3, max: 60 }),
        (y, most) => {
          const points = thin(
            y.map((_, n) => n),
            y,
            most,
          );
          expect(points.length).to.equal(Math.min(y.length, most));
          const close = (actual: number, wanted: number) =>
            expect(Math.abs(actual - wanted)).to.be.at.most(1e-3 * Math.max(1e-9, Math.abs(wanted)));
          close(points[0]?.y ?? NaN, y[0] as number);
          close(points[points.length - 1]?.y ?? NaN, y[y.length - 1] as number);
          close(Math.min(...points.map((point) => point.low ?? point.y)), Math.min(...y));
          close(Math.max(...points.map((point) => point.high ?? point.y)), Math.max(...y));
          for (let n = 1; n < points.length; n++)
            expect(points[n]?.x).to.be.greaterThan(points[n - 1]?.x as number);
        },
      ),
    );
  });
});

describe('lossCurve', () => {
  const run = { name: 'ELiTA', steps: [1, 2, 3], losses: [5.5, 5, 4.5] };

  it('tells in its sentence where a run begins and ends, and what to compare it with', () => {
    const heldOut = { steps: [3], losses: [4.75] };
    const { text } = lossCurve({
      runs: [{ ...run, heldOut }],
      yardsticks: [{ name: 'ln 256', value: Math.log(256) }],
    });
    expect(text).to.equal(
      'Loss while training, nats per token, 3 steps: ELiTA goes from 5.5 to 4.5 (held out 4.75); ' +
        'for comparison ln 256 = 5.545.',
    );
  });

  it('says when a run is lost', () => {
    const { text } = lossCurve({ runs: [{ ...run, losses: [5.5, NaN, NaN] }] });
    expect(text).to.include('from 5.5 to 5.5, then is not finite from step 2');
  });

  it('names its unit on the axis', () => {
    expect(JSON.stringify(lossCurve({ runs: [run], unit: 'bits per byte' }).vegalite)).to.include(
      'loss (bits per byte)',
    );
  });

  it('fits an update of a very long run into 20 KB', () => {
    const steps = Array.from({ length: 100_000 }, (_, n) => n + 1);
    const losses = steps.map((n) => 2 + Math.sin(n) / 3);
    expect(
      JSON.stringify(lossCurve({ runs: [{ name: 'long', steps, losses }] }).vegalite).length,
    ).to.be.below(20_000);
  });

  it('explains impossible input', () => {
    expect(() => lossCurve({ runs: [] })).to.throw(FigureError, /at least one run, got 0/);
    expect(() => lossCurve({ runs: [{ ...run, losses: [1] }] })).to.throw(
      FigureError,
      /as many losses as steps \(3\)/,
    );
    expect(() => lossCurve({ runs: [{ ...run, losses: [1, 0, 1] }], lossAxis: 'log' })).to.throw(
      FigureError,
      /positive losses on a log axis, got 0/,
    );
  });
});

describe('FigureError', () => {
  it('says its own name, and is a RangeError to whoever asks for one', () => {
    const error = (() => {
      try {
        return lossCurve({ runs: [] });
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).to.be.instanceOf(FigureError).and.instanceOf(RangeError);
    expect(String(error)).to.equal("FigureError: lossCurve: argument 'runs' must be at least one run, got 0");
  });
});

describe('textTable', () => {
  it('aligns numbers to the right and words to the left', () => {
    expect(
      textTable(
        ['variant', 'loss'],
        [
          ['softmax', 2.123456],
          ['ELiTA', 12],
        ],
      ),
    ).to.equal('variant   loss\n──────────────\nsoftmax  2.123\nELiTA       12');
  });

  it('explains a row that does not fit', () => {
    expect(() => textTable(['a', 'b'], [['only one']])).to.throw(FigureError, /rows of 2 cells, got 1/);
  });
});

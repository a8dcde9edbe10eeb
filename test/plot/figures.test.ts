import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import {
  bundleMetadata,
  figureBundle,
  figurePng,
  figureSvg,
  interactiveBundle,
  savePng,
} from '../../kernel-ext/display/figure';
import { pictures } from './pictures';

const plotlyMime = 'application/vnd.plotly.v1+json';
const vegaMime = 'application/vnd.vegalite.v5+json';

/** Different colours of a PNG, and the part of its pixels that is white. */
function look(png: Buffer) {
  const { width, height, data } = PNG.sync.read(png);
  const colours = new Set<number>();
  let white = 0;
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.readUIntBE(at, 3);
    colours.add(colour);
    if (colour === 0xffffff) white += 1;
  }
  return { width, height, colours: colours.size, white: white / (width * height) };
}

describe('figures as notebook outputs', () => {
  for (const [name, figure] of Object.entries(pictures)) {
    describe(name, () => {
      it('compiles and draws without a warning', async () => {
        const warnings: string[] = [];
        const svg = await figureSvg(figure, (sentence) => warnings.push(sentence));
        expect(warnings).to.deep.equal([]);
        expect(svg).to.include(figure.title.slice(0, 12));
      });

      it('carries interactive data, a picture that shows something, and a sentence', async () => {
        const bundle = await figureBundle(figure);
        expect(Object.keys(bundle)).to.deep.equal([
          figure.plotly ? plotlyMime : vegaMime,
          'text/plain',
          'image/png',
        ]);
        expect(bundle['text/plain']).to.match(/^\S.{40,600}\.$/);
        const png = Buffer.from(String(bundle['image/png']), 'base64');
        const { width, height, colours, white } = look(png);
        expect(width).to.be.within(600, 2000);
        expect(height).to.be.within(400, 3200);
        expect(colours).to.be.within(20, 256);
        expect(white).to.be.within(0.1, 0.98);
        expect(bundleMetadata(bundle)).to.deep.equal({
          'image/png': { width: Math.round(width / 2), height: Math.round(height / 2) },
        });
      });

      it('stays small', async () => {
        const { length } = JSON.stringify(interactiveBundle(figure));
        expect(length).to.be.below(300_000);
        expect((await figurePng(figure)).length).to.be.below(name.endsWith('64') ? 200_000 : 100_000);
      });

      it('names no address outside itself and holds no markup that runs', async () => {
        const text = JSON.stringify(await figureBundle(figure));
        expect(text).to.not.match(/https?:|wss?:|file:|javascript:|<script|"\/\//i);
        expect(JSON.stringify(figure.static)).to.not.match(/https?:|wss?:|file:|javascript:/i);
      });
    });
  }

  it('draws the same bytes every time', async () => {
    const figure = pictures['heatmaps-4'];
    if (!figure) throw new Error('no such picture');
    expect((await figurePng(figure)).equals(await figurePng(figure))).to.equal(true);
  });

  it('saves a PNG as a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attention-lab-plot-'));
    const figure = pictures['loss'];
    if (!figure) throw new Error('no such picture');
    try {
      await savePng(figure, join(folder, 'loss.png'));
      expect((await readFile(join(folder, 'loss.png'))).equals(await figurePng(figure))).to.equal(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('follows no address that a figure names', async () => {
    const told: string[] = [];
    const data = { url: 'https://example.org/data.json' };
    const spec = { data, mark: 'point', encoding: { x: { field: 'a', type: 'quantitative' } } };
    const figure = { title: 'x', text: 'x', static: spec };
    await figureSvg(figure, (sentence) => told.push(sentence));
    expect(told.join()).to.match(/example\.org.*is not loaded|Loading failed/);
  });
});

import { expect } from 'chai';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PNG } from 'pngjs';

const folder = resolve(__dirname, '..', 'notebooks');
const interactive = ['application/vnd.vegalite.v5+json', 'application/vnd.plotly.v1+json'];

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly text?: unknown;
}
interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
  readonly execution_count?: number | null;
}
interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: {
    readonly kernelspec: { readonly name: string };
    readonly language_info: { readonly name: string };
  };
}

const sourceOf = ({ source }: Cell): string => (typeof source === 'string' ? source : source.join(''));
const joined = (text: unknown): string => (Array.isArray(text) ? text.join('') : String(text));
const isCode = (cell: Cell): boolean => cell.cell_type === 'code';

// where texts and specifications name the web without fetching anything: the schema of a plot
const named = /https?:\/\/vega\.github\.io\/schema/g;

describe('notebooks as committed', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));

  it('are the three of the first course', () => {
    expect(names.sort()).to.deep.equal([
      '01-softmax-to-linear.ipynb',
      '02-elita-bases.ipynb',
      '03-train-elita.ipynb',
    ]);
  });

  for (const name of names) {
    describe(name, () => {
      const path = join(folder, name);
      const notebook = JSON.parse(readFileSync(path, 'utf8')) as Notebook;
      const code = notebook.cells.filter(isCode);
      const outputs = code.flatMap((cell) => cell.outputs ?? []);
      const figures = outputs.filter(({ data = {} }) => interactive.some((mime) => mime in data));

      it('is small and names our kernel', () => {
        expect(statSync(path).size).to.be.lessThan(1_000_000);
        expect(notebook.metadata.kernelspec.name).to.equal('attention-lab');
        expect(notebook.metadata.language_info.name).to.equal('typescript');
      });

      it('was run from top to bottom without an error', () => {
        expect(code.map(({ execution_count }) => execution_count)).to.deep.equal(code.map((_, n) => n + 1));
        expect(outputs.filter(({ output_type }) => output_type === 'error')).to.deep.equal([]);
        expect(outputs.length).to.be.greaterThan(5);
      });

      it('was run at full length', () => {
        expect(joined(outputs[0]?.text)).to.match(/^Attention Lab on wasm: .*fused kernels/);
        expect(code.map(sourceOf).join('\n')).to.not.match(/const fast = true/);
        const steps = outputs.map(({ data = {} }) => joined(data['text/plain'])).join('\n');
        if (name.startsWith('03')) expect(steps).to.match(/ \d{3,4} steps: ELiTA goes from/);
      });

      it('has figures, each interactive, as picture and as sentence', () => {
        expect(figures.length).to.be.greaterThan(3);
        for (const { data = {} } of figures) {
          const png = PNG.sync.read(Buffer.from(joined(data['image/png']), 'base64'));
          expect(png.width).to.be.greaterThan(300);
          expect(coloursOf(png), 'a blank picture').to.be.greaterThan(10);
          expect(joined(data['text/plain'])).to.match(/^[^\n]{20,}\.$/);
        }
      });

      it('shows no picture without its interactive form', () => {
        const pictures = outputs.filter(({ data = {} }) => 'image/png' in data);
        expect(pictures).to.deep.equal(figures);
      });

      it('holds no page, no script and no address to fetch from', () => {
        for (const { data = {}, text = '' } of outputs) {
          expect(Object.keys(data)).to.not.include('text/html');
          const said = (JSON.stringify(data) + joined(text)).replace(named, '');
          expect(said).to.not.match(/<script|javascript:|https?:\/\//i);
        }
      });

      it('has short cells that plain tslab can read, too', () => {
        for (const cell of code) {
          const lines = sourceOf(cell).split('\n');
          expect(lines.filter((line) => line.trim() !== '').length, sourceOf(cell)).to.be.at.most(13);
          // tslab takes the first for a call and does not know the second
          expect(sourceOf(cell)).to.not.match(/^\s*await \(|^\s*for await/m);
        }
      });

      it('asks for a guess before it shows, and ends with a summary and exercises', () => {
        const text = notebook.cells.filter((cell) => !isCode(cell)).map(sourceOf);
        expect(text.join('\n').match(/> \*\*Predict\.\*\*/g)?.length).to.be.at.least(2);
        const headings = text.join('\n').match(/^## .*$/gm);
        expect(headings?.slice(-3)).to.deep.equal(['## What is not shown', '## Summary', '## Exercises']);
        expect(notebook.cells[notebook.cells.length - 1]?.cell_type).to.equal('markdown');
      });
    });
  }
});

function coloursOf({ data }: PNG): number {
  const seen = new Set<number>();
  for (let at = 0; at < data.length; at += 4) seen.add(data.readUInt32BE(at));
  return seen.size;
}

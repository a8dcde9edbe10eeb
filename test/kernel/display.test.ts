import { expect } from 'chai';
import { PNG } from 'pngjs';
import { registerForm, shownForm } from '../../kernel-ext/display/registry';
import { tensorForm } from '../../kernel-ext/display/tensor';
import { statisticsOf } from '../../kernel-ext/display/tensorFacts';
import { thumbnail } from '../../kernel-ext/display/thumbnail';
import { Throttle } from '../../kernel-ext/display/throttle';
import type { NotebookHost } from '../../kernel-ext/host';

/** What a tensor looks like from outside. */
function tensor(shape: readonly number[], values: readonly number[], dtype = 'float32') {
  return { shape, dtype, isDisposed: false, dataSync: () => Float32Array.from(values) };
}

describe('display of values', () => {
  it('counts what is not finite and leaves it out of the statistics', () => {
    expect(statisticsOf([1, NaN, 3, Infinity])).to.deep.equal({ min: 1, max: 3, mean: 2, notFinite: 2 });
    const text = String(tensorForm(tensor([3], [1, NaN, 3]))?.data['text/plain']);
    expect(text.split('\n')).to.deep.equal([
      'tensor [3] float32  min 1  max 3  mean 2  1 not finite',
      '1  NaN  3',
    ]);
  });

  it('shows a corner of large tensors and no picture of them', () => {
    const values = Array.from({ length: 100 * 100 }, (_, i) => i);
    const data = tensorForm(tensor([100, 100], values))?.data ?? {};
    const lines = String(data['text/plain']).split('\n');
    expect(lines).to.have.length(10);
    expect(lines[1]).to.match(/^ *0 +1 +2 +3 +4 +5 +6 +7 {2}…$/);
    expect(lines[9]).to.equal('…');
    expect(data).to.have.keys('text/plain');
  });

  it('prints scalars, empty tensors and text', () => {
    expect(tensorForm(tensor([], [2.5]))?.data['text/plain']).to.equal('tensor [] float32\n2.500');
    expect(String(tensorForm(tensor([0, 3], []))?.data['text/plain'])).to.contain('(empty)');
    const words = { shape: [2], dtype: 'string', isDisposed: false, dataSync: () => ['a', '<b>'] };
    expect(tensorForm(words)?.data).to.deep.equal({ 'text/plain': 'tensor [2] string\n"a"  "<b>"' });
  });

  it('colours signed matrices around zero, others from dark to light, and faults in a colour of their own', () => {
    const pixel = (values: readonly number[], at: number): number[] => {
      const png = PNG.sync.read(thumbnail(values, 1, values.length, statisticsOf(values)));
      const side = png.width / values.length;
      return [...png.data.subarray(at * side * 4, at * side * 4 + 3)];
    };
    expect(pixel([-2, 0, 2], 1)).to.deep.equal([247, 247, 247]);
    expect(pixel([-2, 0, 2], 0)).to.deep.equal([33, 102, 172]);
    expect(pixel([-2, 0, 2], 2)).to.deep.equal([179, 88, 6]);
    expect(pixel([0, 1], 0)).to.deep.equal([68, 1, 84]);
    expect(pixel([5, 5], 0)).to.deep.equal([33, 145, 140]);
    expect(pixel([0, NaN, 1], 1)).to.deep.equal([255, 0, 255]);
  });

  it('asks the value first, then registered forms, then shows text', async () => {
    class Temperature {
      constructor(readonly celsius: number) {}
    }
    const plain = await shownForm(new Temperature(20));
    expect(plain.data).to.deep.equal({ 'text/plain': 'Temperature { celsius: 20 }' });
    registerForm((value) =>
      value instanceof Temperature
        ? { data: { 'text/plain': `${value.celsius} °C` }, metadata: {} }
        : undefined,
    );
    expect((await shownForm(new Temperature(20))).data).to.deep.equal({ 'text/plain': '20 °C' });
    const own = Object.assign(new Temperature(1), {
      [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'own' }),
    });
    expect((await shownForm(own)).data).to.deep.equal({ 'text/plain': 'own' });
  });
});

describe('throttle', () => {
  it('works at once, then after a while, and never forgets the last request', () => {
    const put: (() => void)[] = [];
    const host = { later: (work: () => void) => put.push(work) } as unknown as NotebookHost;
    let done = 0;
    const throttle = new Throttle(host, 60_000, () => done++);
    for (let i = 0; i < 100; i++) throttle.request();
    expect(done).to.equal(1);
    expect(put).to.have.length(1);
    put.pop()?.();
    expect(done).to.equal(2);
    throttle.request();
    expect(put).to.have.length(1);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { attentions } from '../../src/attention';
import { variantTable } from '../../src/attention/table';
import type { AnyAttention } from '../../src/attention/variant';
import { costLetters } from '../../src/attention/variant';
import { ConfigError } from '../../src/core/errors';
import { disposeTree } from '../../src/core/tree';
import { rows } from './rows';

const variants: [string, AnyAttention][] = Object.entries(attentions);
const source = (file: string): string =>
  readFileSync(join(__dirname, '../../src/attention', `${file}.ts`), 'utf8');

/** Fields of a variant's config type as its source declares them, those of `Config` left out: name -> has a doc comment. */
function declaredFields(name: string): Map<string, boolean> {
  const text = `${source(name)}\n${source('elitaParts')}`;
  const fields = new Map<string, boolean>();
  const types =
    /defineAttention<([^>]*)>/
      .exec(text)?.[1]
      ?.split(',')
      .map((type) => type.trim()) ?? [];
  for (let type = types[3] || 'Config'; type !== 'Config';) {
    const found = new RegExp(`interface ${type} extends (\\w+) \\{([^}]*)\\}`).exec(text);
    if (!found) throw new Error(`${name}: no interface ${type}`);
    for (const [, comment, field] of (found[2] as string).matchAll(/(\/\*\*.*\*\/\s*)?readonly (\w+)\??:/g))
      fields.set(field as string, comment !== undefined);
    type = found[1] as string;
  }
  return fields;
}

describe('settings of a variant', () => {
  for (const [name, { meta, init }] of variants) {
    it(`${name}: names exactly the fields that its config type has, each documented`, () => {
      const fields = declaredFields(name);
      expect(meta.settings).to.have.members([...fields.keys()]);
      for (const [field, documented] of fields) expect(documented, field).to.equal(true);
    });

    it(`${name}: reads every setting, and refuses a value that it cannot have`, () => {
      const config = rows.find(({ variant }) => variant.meta.name === name)?.config;
      if (!config) throw new Error(`${name} has no row`);
      disposeTree(init(config, 1));
      for (const setting of meta.settings)
        expect(() => init({ ...config, [setting]: NaN }, 1), setting).to.throw(ConfigError, `'${setting}'`);
    });
  }
});

/** The number a formula of cost stands for: letters, whole numbers, ·, +, -, ² and brackets. */
function evaluate(formula: string, letters: Readonly<Record<string, number>>): number {
  const tokens = formula.match(/[A-Za-z]'?|\d+|\S/g) ?? [];
  const atom = (): number => {
    const token = tokens.shift() ?? '';
    const value = token === '(' ? sum() : (letters[token] ?? Number(token));
    if (token === '(') tokens.shift();
    if (tokens[0] !== '²') return value;
    tokens.shift();
    return value ** 2;
  };
  const product = (): number => {
    let value = atom();
    while (tokens[0] === '·') value *= (tokens.shift(), atom());
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[0] === '+' || tokens[0] === '-') value += tokens.shift() === '+' ? product() : -product();
    return value;
  };
  return sum();
}

describe('cost of a variant', () => {
  it('formulas read as they are meant', () => {
    expect(evaluate("2·(n - 1)·D + f'²", { n: 4, D: 5, "f'": 3 })).to.equal(39);
    expect(evaluate('H·(V + 1)', { H: 2 })).to.be.NaN;
  });

  for (const [name, { meta, recurrent, stateSize }] of variants) {
    it(`${name}: uses documented letters only, and its state is what stateSize counts`, () => {
      const sizes: Record<string, number> = { taps: 5, window: 4, featureWidth: 3, valueWidth: 7 };
      const own = Object.fromEntries(
        Object.entries(sizes).filter(([field]) => meta.settings.includes(field)),
      );
      const config = { width: 12, heads: 2, horizon: 64, ...own };
      const letters = { D: 12, H: 2, K: 6, V: own['valueWidth'] ?? 6, C: 8, W: 4, n: 5, "f'": 3 };
      expect(Object.keys(costLetters)).to.have.members(['T', ...Object.keys(letters)]);
      if (!recurrent) {
        expect(meta.cost).to.include({ step: 'cannot decode', state: 'cannot decode' });
        expect(evaluate(meta.cost.parallel, { T: 10, ...letters })).to.be.above(0);
        return;
      }
      for (const T of [16, 32]) {
        expect(stateSize(config, T)).to.equal(evaluate(meta.cost.state, { T, ...letters }));
        for (const formula of [meta.cost.parallel, meta.cost.step])
          expect(evaluate(formula, { T, ...letters }), formula).to.be.above(0);
      }
    });
  }

  it('the table says what its letters mean', () => {
    const [legend] = variantTable().split('\n').slice(-1);
    expect(legend).to.match(/^Letters of work and state: T tokens, D width, H heads, .*n taps\.$/);
  });
});

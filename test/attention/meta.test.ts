import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { attentions } from '../../src/attention';
import type { AnyAttention } from '../../src/attention/variant';
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

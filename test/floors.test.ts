import { expect } from 'chai';
import { importsOf, sources, target, withoutComments } from './support/sources';
import type { Source } from './support/sources';

// the house: a file imports from its own floor and from floors below
const floors: readonly (readonly [prefix: string, floor: number])[] = [
  ['src/core/', 0],
  ['src/kernels/', 0],
  ['src/data/', 0],
  ['src/plot/', 0],
  ['src/ops/', 1],
  ['src/modules/', 2],
  ['src/attention/', 3],
  ['src/model/', 4],
  ['src/train/', 5],
  ['src/lab/', 6],
  ['src/cli/', 7],
  ['src/cli', 7],
  ['src/index', 7],
  ['kernel-ext/', 8],
];

// on the ground floor the rooms do not all open into each other
const onlyFrom: Readonly<Record<string, readonly string[]>> = {
  'src/data/': ['src/data/', 'src/core/'],
  'src/plot/': ['src/plot/'],
  'src/core/': ['src/core/', 'src/kernels/'],
  'src/kernels/': ['src/kernels/', 'src/core/'],
};

const engine = /^@tensorflow\//;
// core/tf.ts is the only door; backend.ts and the kernels need the wasm backend behind it
const mayTouchEngine: readonly (readonly [prefix: string, module: RegExp])[] = [
  ['src/core/tf.ts', /^@tensorflow\/tfjs$/],
  ['src/core/backend.ts', /^@tensorflow\/tfjs-(?:backend-wasm|node)$/],
  ['src/kernels/', /^@tensorflow\/tfjs-backend-wasm$/],
];

const floorOf = (file: string): number | undefined => floors.find(([prefix]) => file.startsWith(prefix))?.[1];

/** What is wrong with the imports of one file, one line each. */
function strayImports({ file, text }: Source): string[] {
  const here = floorOf(file);
  if (here === undefined) return [`${file} stands on no floor`];
  const room = Object.keys(onlyFrom).find((prefix) => file.startsWith(prefix));
  return importsOf(text).flatMap((imported) => {
    if (engine.test(imported)) {
      const allowed = mayTouchEngine.some(
        ([prefix, module]) => file.startsWith(prefix) && module.test(imported),
      );
      return allowed ? [] : [`${file} imports ${imported} past core/tf.ts`];
    }
    const to = target(file, imported);
    if (to === undefined) return [];
    const there = floorOf(to) ?? floorOf(`${to}/`);
    if (there === undefined) return [`${file} imports ${to}, which stands on no floor`];
    if (there > here) return [`${file} (floor ${here}) imports ${to} (floor ${there})`];
    if (room && !onlyFrom[room]?.some((prefix) => `${to}/`.startsWith(prefix)))
      return [`${file} imports ${to}, but ${room} needs only ${onlyFrom[room]?.join(' and ')}`];
    return [];
  });
}

/** Imports between two files that the registry lists as variants. */
function sideways(files: readonly Source[]): string[] {
  const registry = files.find(({ file }) => file === 'src/attention/index.ts');
  const text = registry ? withoutComments(registry.text) : '';
  // the registry imports each variant by name; what it only passes on (export … from) is no variant
  const variants = [...text.matchAll(/\bimport\s*\{[^}]*\}\s*from\s*'\.\/([^']+)'/g)].map(
    (match) => `src/attention/${match[1]}`,
  );
  return files.flatMap(({ file, text: code }) =>
    variants.includes(file.replace(/\.ts$/, ''))
      ? importsOf(code)
          .map((imported) => target(file, imported))
          .filter((to) => to !== undefined && variants.includes(to))
          .map((to) => `${file} imports the variant ${to}`)
      : [],
  );
}

const bans: readonly { what: string; pattern: RegExp; except?: RegExp }[] = [
  {
    what: 'tf.cumsum, tf.einsum and tf.fused belong to ops and kernels (their gradients need repairs)',
    pattern: /\btf\s*\.\s*(?:cumsum|einsum|fused)\b/,
    except: /^src\/(?:ops|kernels)\//,
  },
  {
    what: 'unseeded randomness',
    pattern: /\bMath\s*\.\s*random\b|\btf\s*\.\s*(?:random\w*|truncatedNormal|multinomial|dropout|rand)\s*\(/,
  },
  {
    what: "a question for a variant's name outside attention",
    pattern:
      /\bmeta\s*\.\s*name\s*[!=]==?|[!=]==?\s*[\w.]*\bmeta\s*\.\s*name\b|switch\s*\([^)]*\bmeta\s*\.\s*name|includes\([\w.]*\bmeta\s*\.\s*name/,
    except: /^src\/attention\//,
  },
  { what: '`using`, which the cells of a notebook cannot run', pattern: /^\s*(?:await\s+)?using\s+\w+\s*=/m },
];

/** Banned expressions in one file, comments aside. */
function banned({ file, text }: Source): string[] {
  const code = withoutComments(text);
  return bans
    .filter(({ pattern, except }) => !except?.test(file) && pattern.test(code))
    .map(({ what }) => `${file}: ${what}`);
}

const foreign: readonly { what: string; pattern: RegExp }[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.~/-])\/(?:work|root|home|Users|tmp|mnt)\/\w/ },
  { what: 'a package registry', pattern: /\b(?:registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org)\b/ },
  {
    what: 'a script from the network',
    pattern:
      /<script[^>]+src\s*=|\bimport\s*\(?\s*['"]https?:|https?:\/\/[^\s'"`)]+\.m?js\b|\b(?:unpkg\.com|jsdelivr\.net|cdnjs\.|esm\.sh|skypack\.dev)/,
  },
];

/** What ties one shipped text to a machine or to the network. */
function ties({ file, text }: Source): string[] {
  return foreign.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `${file}: ${what}`);
}

const house = sources(['src', 'kernel-ext'], ['.ts']).filter(
  ({ file }) => !file.startsWith('kernel-ext/labextension'),
);
const shipped = sources(
  [
    'src',
    'kernel-ext',
    'scripts',
    'notebooks',
    'docs',
    'bench',
    '.ci',
    'README.md',
    'CHANGELOG.md',
    'package.json',
  ],
  ['.ts', '.mjs', '.cjs', '.js', '.py', '.json', '.ipynb', '.md', '.c', '.h', '.sh', '/run'],
);

describe('the house', () => {
  it('imports run along a floor or downwards', () => {
    expect(house.length).to.be.greaterThan(40);
    expect(house.flatMap(strayImports)).to.deep.equal([]);
  });

  it('no variant imports another', () => {
    expect(sideways(house)).to.deep.equal([]);
  });

  it('keeps what is dangerous on its floor', () => {
    expect(house.flatMap(banned)).to.deep.equal([]);
  });

  it('ties nothing that ships to a machine or to the network', () => {
    expect(shipped.flatMap(ties)).to.deep.equal([]);
  });

  it('notebooks import the package by name and nothing else', () => {
    const cells = sources(['notebooks'], ['.ipynb']).map(({ file, text }) => {
      const { cells: all } = JSON.parse(text) as {
        cells: { cell_type: string; source: string | string[] }[];
      };
      const code = all
        .filter((cell) => cell.cell_type === 'code')
        .map(({ source }) => [source].flat().join(''));
      return { file, text: code.join('\n') };
    });
    const strays = cells.flatMap(({ file, text }) =>
      importsOf(text)
        .filter((name) => !/^(?:attention-lab(?:\/\w+)?|node:[\w/]+)$/.test(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(strays).to.deep.equal([]);
  });

  it('the lock file names no registry', () => {
    const [lock] = sources(['package-lock.json'], ['.json']);
    expect(lock?.text)
      .to.include('"integrity"')
      .and.not.match(/"resolved": "https?:/);
  });
});

describe('the rules of the house bite', () => {
  const at = (file: string, text: string): Source => ({ file, text });

  it('on imports that go up, sideways or past the door', () => {
    expect(strayImports(at('src/ops/a.ts', "import { x } from '../model/b';"))).to.have.length(1);
    expect(strayImports(at('src/ops/a.ts', "import type { x } from '../attention';"))).to.have.length(1);
    expect(strayImports(at('src/plot/a.ts', "export * from '../core/tf';"))).to.have.length(1);
    expect(strayImports(at('src/data/a.ts', "const b = require('../plot/b');"))).to.have.length(1);
    expect(strayImports(at('src/model/a.ts', "import * as tf from '@tensorflow/tfjs';"))).to.have.length(1);
    expect(strayImports(at('src/kernels/a.ts', "import '@tensorflow/tfjs-node';"))).to.have.length(1);
    expect(
      strayImports(at('src/model/a.ts', "import { tf } from '../core/tf'; // from '../lab/x'")),
    ).to.deep.equal([]);
    expect(
      sideways([
        at('src/attention/index.ts', "import { a } from './a';\nimport { b } from './b';"),
        at('src/attention/a.ts', "import { b } from './b';"),
      ]),
    ).to.have.length(1);
  });

  it('on banned expressions, not on comments', () => {
    expect(banned(at('src/model/a.ts', 'tf.cumsum(x)'))).to.have.length(1);
    expect(banned(at('src/ops/a.ts', 'tf.cumsum(x)'))).to.deep.equal([]);
    expect(banned(at('src/ops/a.ts', 'Math.random()'))).to.have.length(1);
    expect(banned(at('src/core/a.ts', 'tf.randomNormal([2])'))).to.have.length(1);
    expect(banned(at('src/model/a.ts', "if (variant.meta.name === 'elita') f();"))).to.have.length(1);
    expect(banned(at('src/model/a.ts', 'f(); // never Math.random'))).to.deep.equal([]);
  });

  it('on machines and networks', () => {
    expect(ties(at('README.md', 'run /home/me/lab'))).to.have.length(1);
    expect(ties(at('a.ts', "import('https://x.org/y.js')"))).to.have.length(1);
    expect(ties(at('a.md', 'see https://arxiv.org/abs/1'))).to.deep.equal([]);
  });
});

// Builds the JupyterLab renderer into kernel-ext/share: a federated extension without webpack and without Python.
// Does nothing when its inputs are those of the last build. `node build.mjs --force` builds anyway.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const home = dirname(require.resolve('plotly.js-dist/package.json'));
const output = join(here, '..', 'share', 'jupyter', 'labextensions', 'attention-lab');

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const digest = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** Builds the extension. Returns the folder and whether anything had to be done. */
export async function buildLabextension({ force = false } = {}) {
  const { version, license } = json(join(here, '..', '..', 'package.json'));
  const sources = readdirSync(join(here, 'src')).sort();
  const inputs = digest(
    readFileSync(fileURLToPath(import.meta.url)),
    ...sources.map((name) => readFileSync(join(here, 'src', name))),
    ...[
      version,
      json(join(home, 'package.json')).version,
      json(require.resolve('esbuild/package.json')).version,
    ],
  );
  if (!force && isCurrent(inputs)) return { output, built: false };

  const { build } = await import('esbuild');
  const common = {
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    logLevel: 'warning',
    charset: 'utf8',
  };
  // Plotly is large and loaded only when a figure needs it, so it is a file of its own
  const plotly = await build({
    ...common,
    format: 'esm',
    legalComments: 'none',
    stdin: { contents: `export { default } from 'plotly.js-dist';`, resolveDir: here },
  });
  const [library] = plotly.outputFiles;
  const libraryName = `plotly-${digest(library.contents).slice(0, 12)}.js`;
  // the entry is a classic script: that is how JupyterLab loads it
  const entry = await build({
    ...common,
    format: 'iife',
    define: { PLOTLY_FILE: JSON.stringify(libraryName) },
    entryPoints: [join(here, 'src', 'entry.ts')],
  });

  // written beside and moved at the end: an interrupted build leaves no half extension
  const draft = `${output}.${process.pid}.part`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'static'), { recursive: true });
  writeFileSync(join(draft, 'static', libraryName), library.contents);
  writeFileSync(join(draft, 'static', 'remoteEntry.js'), entry.outputFiles[0].contents);
  cpSync(join(home, 'LICENSE'), join(draft, 'static', 'plotly.LICENSE.txt'));
  const description = {
    name: 'attention-lab',
    version,
    license,
    description: 'Draws the Plotly figures of Attention Lab notebooks',
    jupyterlab: {
      mimeExtension: true,
      outputDir: '.',
      _build: { load: 'static/remoteEntry.js', mimeExtension: './mimeExtension' },
    },
    attentionLab: { inputs, files: ['static/remoteEntry.js', `static/${libraryName}`] },
  };
  writeFileSync(join(draft, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  rmSync(output, { recursive: true, force: true });
  renameSync(draft, output);
  return { output, built: true };
}

function isCurrent(inputs) {
  const file = join(output, 'package.json');
  if (!existsSync(file)) return false;
  const { attentionLab } = json(file);
  return (
    attentionLab?.inputs === inputs && attentionLab.files.every((name) => existsSync(join(output, name)))
  );
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const { output: folder, built } = await buildLabextension({ force: process.argv.includes('--force') });
  console.log(`${built ? 'Built' : 'Up to date:'} the notebook renderer in ${folder}`);
}

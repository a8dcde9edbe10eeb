import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';

const root = resolve(__dirname, '..', '..');
const folder = join(root, 'kernel-ext', 'share', 'jupyter', 'labextensions', 'attention-lab');

interface Extension {
  id: string;
  dataType: string;
  rank: number;
  rendererFactory: { safe: boolean; mimeTypes: string[]; createRenderer(options: object): object };
}
interface Module {
  __esModule?: boolean;
  default: Extension[];
}
interface Container {
  init(scope: object): void;
  get(name: string): Promise<() => Module>;
}

/** The container that the built script registers, in a page that is only just enough of one. */
function load(): Container {
  const window: { _JUPYTERLAB?: Record<string, Container> } = {};
  const document = { currentScript: { src: 'http://localhost/static/remoteEntry.js' } };
  const observer = class {
    observe() {}
  };
  runInNewContext(readFileSync(join(folder, 'static', 'remoteEntry.js'), 'utf8'), {
    ...{ window, document, URL, structuredClone },
    ...{ ResizeObserver: observer, MutationObserver: observer },
  });
  const container = window._JUPYTERLAB?.['attention-lab'];
  if (!container) throw new Error('the script registered nothing');
  return container;
}

class Widget {
  readonly node = { setAttribute() {}, style: {} };
  addClass() {}
}

describe('the JupyterLab renderer', () => {
  before(() => {
    execFileSync(process.execPath, [join(root, 'kernel-ext', 'labextension', 'build.mjs')]);
  });

  it('is described as JupyterLab expects a prebuilt extension', () => {
    const { name, version, jupyterlab } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(name).to.equal('attention-lab');
    expect(version).to.equal(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
    expect(jupyterlab).to.deep.equal({
      mimeExtension: true,
      outputDir: '.',
      _build: { load: 'static/remoteEntry.js', mimeExtension: './mimeExtension' },
    });
  });

  it('offers a module marked __esModule, without which JupyterLab does not start', async () => {
    const container = load();
    container.init({ '@lumino/widgets': { '2.0.0': { get: () => Promise.resolve(() => ({ Widget })) } } });
    const module = (await container.get('./mimeExtension'))();
    expect(module.__esModule).to.equal(true);
    expect(module.default).to.have.length(1);
    const [{ id, dataType, rank, rendererFactory }] = module.default as [Extension];
    expect(id).to.match(/^attention-lab:/);
    expect(dataType).to.equal('json');
    expect(rank).to.be.below(90);
    expect(rendererFactory.safe).to.equal(true);
    expect(rendererFactory.mimeTypes).to.deep.equal(['application/vnd.plotly.v1+json']);
    // JupyterLab writes the extension's name into the module it gets
    expect(Object.isExtensible(module)).to.equal(true);
  });

  it('says so when JupyterLab shares no widgets, and when asked for another module', async () => {
    const container = load();
    container.init({});
    const reason = async (name: string) =>
      container.get(name).then(
        () => 'no error',
        (error: Error) => error.message,
      );
    expect(await reason('./mimeExtension')).to.match(/does not share '@lumino\/widgets'/);
    expect(await reason('./other')).to.match(/no module '.\/other'/);
  });

  it('loads little at the start and Plotly only when needed', () => {
    const { attentionLab } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [entry, library] = attentionLab.files as [string, string];
    expect(statSync(join(folder, entry)).size).to.be.below(10_000);
    expect(statSync(join(folder, library)).size).to.be.greaterThan(1_000_000);
    expect(readFileSync(join(folder, entry), 'utf8')).to.include(library.replace('static/', ''));
    expect(readFileSync(join(folder, 'static', 'plotly.LICENSE.txt'), 'utf8')).to.include('MIT License');
  });

  it('has sound types', () => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [
      compiler,
      '-p',
      join(root, 'kernel-ext', 'labextension', 'tsconfig.json'),
    ]);
  });
});

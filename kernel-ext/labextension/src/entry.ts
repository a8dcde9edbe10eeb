import type { Widget } from '@lumino/widgets';
import { plotlyMime, plotlyOutput } from './plotlyOutput';

/** What webpack's module federation keeps per shared package: one entry per version. */
type ShareScope = Record<string, Record<string, { get(): Promise<() => unknown> }>>;

/** What JupyterLab expects a prebuilt extension to register itself as. */
interface Container {
  init(scope: ShareScope): void;
  get(module: string): Promise<() => unknown>;
}

declare global {
  interface Window {
    _JUPYTERLAB?: Record<string, Container>;
  }
}

let scope: ShareScope = {};

// JupyterLab's own copy: a second copy of Widget would not fit into its layouts
async function shared(name: string): Promise<unknown> {
  const versions = Object.values(scope[name] ?? {});
  const newest = versions[versions.length - 1];
  if (!newest) throw new Error(`attention-lab: JupyterLab does not share '${name}'`);
  return (await newest.get())();
}

async function mimeExtension(): Promise<unknown> {
  const { Widget: Base } = (await shared('@lumino/widgets')) as { Widget: typeof Widget };
  const Output = plotlyOutput(Base);
  return {
    // without this mark JupyterLab takes the whole object for a plugin and does not start
    __esModule: true,
    default: [
      {
        id: 'attention-lab:plotly',
        // before the PNG (90) of the same output
        rank: 55,
        dataType: 'json',
        rendererFactory: {
          // data only: nothing in a figure is run, so it may be drawn before a notebook is trusted
          safe: true,
          mimeTypes: [plotlyMime],
          createRenderer: (options: { mimeType: string }) => new Output(options),
        },
      },
    ],
  };
}

(window._JUPYTERLAB ??= {})['attention-lab'] = {
  init: (shareScope) => {
    scope = shareScope;
  },
  get: async (module) => {
    if (module !== './mimeExtension') throw new Error(`attention-lab: there is no module '${module}'`);
    const loaded = await mimeExtension();
    return () => loaded;
  },
};

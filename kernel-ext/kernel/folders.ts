import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Folders } from './compiler/typescript';

/** The folder of this package, from its sources as from its build. */
export function packageFolder(): string {
  return climb(__dirname, (folder) => {
    const path = join(folder, 'package.json');
    return existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as Named).name === 'attention-lab';
  });
}

/** The folders that matter to a notebook in `notebook`: its project is the next folder upwards with a package.json. */
export function foldersOf(notebook: string): Folders {
  const project = climb(notebook, (folder) => existsSync(join(folder, 'package.json')));
  return { notebook, project, ourselves: packageFolder() };
}

interface Named {
  readonly name?: string;
}

/** The first folder upwards that satisfies the test, else the one it began with. */
function climb(from: string, test: (folder: string) => boolean): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (test(folder)) return folder;
    if (dirname(folder) === folder) return from;
  }
}

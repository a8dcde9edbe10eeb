import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../support/sources';

/** Loads one of the plain Node modules below scripts/, which carry no types, as what the caller knows it to be. */
export async function load<T>(file: string): Promise<T> {
  const loaded: unknown = await import(pathToFileURL(path.join(root, 'scripts', file)).href);
  return loaded as T;
}

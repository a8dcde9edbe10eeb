import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ConfigError, FileError, show } from '../core/errors';
import { cleanText, corpusSources, type CorpusName, type CorpusSource } from './corpusSources';

export type { CorpusName } from './corpusSources';

/** A text to learn from, and where it comes from. */
export interface Corpus {
  /** The name it was loaded by: {@link CorpusName}, or a file's name without its folder. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly licence: string;
  /** `package version` or `file`. */
  readonly source: string;
  /** Of the text in UTF-8, as hexadecimal digits. */
  readonly sha256: string;
  /** Length in UTF-8. */
  readonly bytes: number;
  /** Length in Unicode code points. */
  readonly characters: number;
}

/** A text file of your own; with `sha256` the file is refused when it holds another text. */
export interface CorpusFile {
  readonly file: string;
  readonly sha256?: string;
}

/** The largest text file read: JavaScript holds at most about 2^29 characters in one string. */
const largestFile = 400 * 2 ** 20;

/** The names {@link loadCorpus} knows, the default text first. */
export const corpusNames = Object.keys(corpusSources) as readonly CorpusName[];

/**
 * Loads a text: one of the three that come as npm packages, or a UTF-8 file of your own. Nothing is downloaded. The
 * shipped texts are cleaned the same way every time (see `cleanText`) and checked against their SHA-256; a file is taken
 * as it is.
 *
 * @throws FileError when the package or file is missing (the sentence names the cure), is not UTF-8, is too large, or
 * its text has another hash than expected; ConfigError for an unknown name.
 * @example
 * const { text, licence } = loadCorpus('moby-dick');
 * const own = loadCorpus({ file: 'notes.txt' });
 */
export function loadCorpus(which: CorpusName | CorpusFile): Corpus {
  if (typeof which === 'object' && which !== null && typeof which.file === 'string') return fromFile(which);
  if (typeof which !== 'string' || !Object.hasOwn(corpusSources, which)) {
    const names = corpusNames.map(show).join(', ');
    throw new ConfigError(`loadCorpus: argument 'which' must be ${names} or {file}, got ${show(which)}`);
  }
  return fromPackage(which, corpusSources[which]);
}

/** SHA-256 of a text in UTF-8, as hexadecimal digits. */
export function hashText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @internal `folder` is for tests: the folder to read instead of the installed package's. */
export function fromPackage(
  name: string,
  source: CorpusSource,
  folder = packageFolder(name, source),
): Corpus {
  const installed = `${source.package} ${installedVersion(folder)}`;
  let text: string;
  try {
    text = cleanText(source.read(folder));
  } catch (error) {
    throw new FileError(
      `loadCorpus: corpus '${name}' must be readable from ${installed}, got ${(error as Error).message}; ${cure(source)}`,
    );
  }
  const corpus = describe(name, source.title, text, source.licence, installed);
  if (corpus.sha256 !== source.sha256)
    throw new FileError(
      `loadCorpus: corpus '${name}' must have SHA-256 ${source.sha256} (${source.package} ${source.version}), ` +
        `got ${corpus.sha256} from ${installed}; ${cure(source)}`,
    );
  return corpus;
}

function fromFile({ file, sha256 }: CorpusFile): Corpus {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(file);
    if (size > largestFile)
      throw new FileError(`loadCorpus: file '${file}' must have at most ${largestFile} bytes, got ${size}`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`loadCorpus: file '${file}' must be readable, got ${(error as Error).message}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(`loadCorpus: file '${file}' must be UTF-8 text, got bytes that are not`);
  }
  const found = hashText(bytes);
  if (sha256 !== undefined && sha256.toLowerCase() !== found)
    throw new FileError(`loadCorpus: file '${file}' must have SHA-256 ${sha256}, got ${found}`);
  const name = basename(file);
  return describe(name, name, text, 'not known: a file of your own', name);
}

function describe(name: string, title: string, text: string, licence: string, source: string): Corpus {
  const bytes = Buffer.byteLength(text);
  let characters = 0;
  for (let i = 0; i < text.length; characters++) i += (text.codePointAt(i) as number) > 0xffff ? 2 : 1;
  return Object.freeze({ name, title, text, licence, source, sha256: hashText(text), bytes, characters });
}

function packageFolder(name: string, source: CorpusSource): string {
  try {
    return dirname(require.resolve(`${source.package}/package.json`));
  } catch {
    throw new FileError(`loadCorpus: corpus '${name}' must be installed, got no package; ${cure(source)}`);
  }
}

function installedVersion(folder: string): string {
  try {
    const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : 'of no known version';
  } catch {
    return 'of no known version';
  }
}

function cure(source: CorpusSource): string {
  return `run: npm install ${source.package}@${source.version}`;
}

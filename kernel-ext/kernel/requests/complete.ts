import type { Engine } from '../engine';
import { number, text } from '../protocol';
import type { Json } from '../protocol';
import { hiddenPrefix } from '../tslab';
import type { Completion } from '../tslab';
import { characterAtIndex, indexOfCharacter } from './characters';

/** The compiler's names for kinds of things, in the words for which JupyterLab has icons. */
const kinds: Readonly<Record<string, string>> = {
  function: 'function',
  'local function': 'function',
  method: 'method',
  construct: 'method',
  property: 'property',
  getter: 'property',
  setter: 'property',
  accessor: 'property',
  class: 'class',
  'local class': 'class',
  interface: 'interface',
  type: 'interface',
  enum: 'enum',
  'enum member': 'enum',
  module: 'module',
  'external module name': 'module',
  script: 'module',
  directory: 'module',
  alias: 'module',
  const: 'instance',
  let: 'instance',
  var: 'instance',
  'local var': 'instance',
  parameter: 'instance',
  using: 'instance',
  'await using': 'instance',
  'type parameter': 'type',
  'primitive type': 'type',
  keyword: 'keyword',
  string: 'value',
};

/** Answers a `complete_request`. */
export function completeReply(engine: Engine, content: Json): Json {
  const code = text(content['code']);
  const position = indexOfCharacter(code, number(content['cursor_pos'], code.length));
  const { from, to, names, entries } = inString(code, engine.complete(code, position));
  const start = characterAtIndex(code, from);
  const end = characterAtIndex(code, to);
  const kindOf = new Map(entries.map((entry) => [entry.name, entry.kind]));
  const typed = names.map((name) => ({ start, end, text: name, type: kinds[kindOf.get(name) ?? ''] ?? '' }));
  return {
    status: 'ok',
    matches: names,
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: typed },
  };
}

/** Inside of a string (a module's path, a known word) tslab knows neither what is replaced nor what fits. */
function inString(code: string, { start, end, candidates, original }: Completion) {
  const entries = original?.entries ?? [];
  if (start !== end) return { from: start, to: end, names: candidates, entries };
  // the compiler leaves the span out where it is the word before the cursor
  const word = /[\w$]*$/.exec(code.slice(0, end))?.[0] ?? '';
  const span = entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  // the compiler's own positions count what tslab puts in front
  const from = span ? span.start - hiddenPrefix.length : end - word.length;
  const to = span ? from + span.length : end;
  const begun = code.slice(from, end);
  return { from, to, names: candidates.filter((name) => name.startsWith(begun)), entries };
}

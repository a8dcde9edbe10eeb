import type { Engine } from '../engine';
import { number, text } from '../protocol';
import type { Json } from '../protocol';
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
  const found = engine.complete(code, position);
  const start = characterAtIndex(code, found.start);
  const end = characterAtIndex(code, found.end);
  const kindOf = new Map(found.original?.entries.map((entry) => [entry.name, entry.kind]));
  const typed = found.candidates.map((name) => ({
    start,
    end,
    text: name,
    type: kinds[kindOf.get(name) ?? ''] ?? '',
  }));
  return {
    status: 'ok',
    matches: found.candidates,
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: typed },
  };
}

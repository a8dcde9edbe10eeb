import type ts from 'typescript';
import type { Engine } from '../engine';
import { number, text } from '../protocol';
import type { Json } from '../protocol';
import { indexOfCharacter } from './characters';

/** Answers an `inspect_request`: signature and documentation of the name under the cursor. */
export function inspectReply(engine: Engine, content: Json): Json {
  const code = text(content['code']);
  const position = indexOfCharacter(code, number(content['cursor_pos'], code.length));
  const info = engine.inspect(code, position);
  const signature = join(info?.displayParts);
  if (!info || signature === '') return { status: 'ok', found: false, data: {}, metadata: {} };
  const documentation = join(info.documentation);
  const tags = info.tags ?? [];
  const plain = [signature, documentation, ...tags.map((tag) => `@${tag.name} ${join(tag.text)}`)];
  const markdown = [`\`\`\`ts\n${signature}\n\`\`\``, documentation, ...tags.map(tagInMarkdown)];
  return {
    status: 'ok',
    found: true,
    data: {
      'text/plain': plain.filter((part) => part.trim() !== '').join('\n\n'),
      'text/markdown': markdown.filter((part) => part !== '').join('\n\n'),
    },
    metadata: {},
  };
}

function tagInMarkdown(tag: ts.JSDocTagInfo): string {
  const content = join(tag.text).trim();
  if (content === '') return `*@${tag.name}*`;
  if (tag.name === 'example' && !content.startsWith('```'))
    return `*@example*\n\n\`\`\`ts\n${content}\n\`\`\``;
  return `*@${tag.name}* ${content}`;
}

function join(parts: readonly ts.SymbolDisplayPart[] | undefined): string {
  return (parts ?? []).map((part) => part.text).join('');
}

import { attentions } from './index';
import type { Meta } from './variant';
import { costLetters } from './variant';

/** The registry as a Markdown table, made from each variant's `meta`, and a line on its letters: what README and notebooks show. */
export function variantTable(): string {
  const used = Object.values(attentions)
    .map(({ meta }: { meta: Meta }) => `${meta.cost.step} ${meta.cost.state}`)
    .join(' ');
  const rows = Object.values(attentions).map(({ meta }: { meta: Meta }) => {
    const { authors, year, title, url } = meta.cite;
    const causal = meta.causal ? 'yes' : '**no**';
    return `| \`${meta.name}\` | ${meta.title} | $${meta.equation.replaceAll('|', '\\vert ')}$ | ${causal} | ${meta.cost.step} | ${meta.cost.state} | [${authors} ${year}](${url} "${title}") |`;
  });
  const letters = Object.entries(costLetters)
    .filter(([letter]) => used.includes(letter))
    .map(([letter, meaning]) => `${letter} ${meaning}`);
  return [
    '| name | variant | definition | causal | work per token | state | source |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `Letters of work and state: ${letters.join(', ')}.`,
  ].join('\n');
}

import { attentions } from './index';
import type { Meta } from './variant';

/** The registry as a Markdown table, made from each variant's `meta`: what README and notebooks show. */
export function variantTable(): string {
  const rows = Object.values(attentions).map(({ meta }: { meta: Meta }) => {
    const { authors, year, title, url } = meta.cite;
    const causal = meta.causal ? 'yes' : '**no**';
    return `| \`${meta.name}\` | ${meta.title} | $${meta.equation.replaceAll('|', '\\vert ')}$ | ${causal} | ${meta.cost.step} | ${meta.cost.state} | [${authors} ${year}](${url} "${title}") |`;
  });
  return [
    '| name | variant | definition | causal | work per token | state | source |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

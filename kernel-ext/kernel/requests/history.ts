import { number, text } from '../protocol';
import type { Json } from '../protocol';

interface Entry {
  readonly line: number;
  readonly code: string;
}

/** What was run in this session. */
export class History {
  private readonly entries: Entry[] = [];

  add(line: number, code: string): void {
    this.entries.push({ line, code });
  }

  /** Answers a `history_request` of any of its three kinds. */
  reply(content: Json): Json {
    const withOutput = content['output'] === true;
    const history = this.select(content).map(({ line, code }) => [0, line, withOutput ? [code, null] : code]);
    return { status: 'ok', history };
  }

  private select(content: Json): Entry[] {
    const count = number(content['n'], Infinity);
    switch (content['hist_access_type']) {
      case 'range': {
        const start = number(content['start'], 0);
        const stop = number(content['stop'], Infinity);
        // sessions before this one are not kept; 0 is this one
        if (number(content['session'], 0) !== 0) return [];
        return this.entries.filter(({ line }) => line >= start && line < stop);
      }
      case 'search':
        return lastOf(this.search(text(content['pattern']) || '*', content['unique'] === true), count);
      default:
        return lastOf(this.entries, count);
    }
  }

  private search(pattern: string, unique: boolean): Entry[] {
    const expression = globExpression(pattern);
    const found = this.entries.filter(({ code }) => expression.test(code));
    return unique ? [...new Map(found.map((entry) => [entry.code, entry])).values()] : found;
  }
}

function lastOf<T>(list: readonly T[], count: number): T[] {
  return count === Infinity ? [...list] : count > 0 ? list.slice(-count) : [];
}

/** `*` any text, `?` any character. */
function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
}

import { expect, expectInteger } from '../core/errors';

/**
 * The width of one head, `width / heads`, after checking both: the first line of most variants' `init`.
 *
 * Throws `ConfigError` unless both are positive integers and `heads` divides `width`.
 *
 * @example
 * const V = headWidth('linear', { width: 64, heads: 4 }); // 16
 */
export function headWidth(where: string, config: { readonly width: number; readonly heads: number }): number {
  const { width, heads } = config;
  expectInteger(width, where, 'width');
  expectInteger(heads, where, 'heads');
  expect(width % heads === 0, where, 'heads', `a divisor of width ${width}`, heads);
  return width / heads;
}

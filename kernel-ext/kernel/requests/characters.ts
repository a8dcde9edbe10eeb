// Jupyter counts characters (code points), JavaScript counts UTF-16 units: they differ after an emoji.

/** Index in a JavaScript string of the given character. */
export function indexOfCharacter(text: string, character: number): number {
  let index = 0;
  for (let i = 0; i < character && index < text.length; i++)
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return index;
}

/** Number of characters before the given index of a JavaScript string. */
export function characterAtIndex(text: string, index: number): number {
  return Array.from(text.slice(0, index)).length;
}

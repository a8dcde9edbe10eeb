// ANSI colours, as front ends expect them in tracebacks.
const paint =
  (code: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;

export const red = paint(31);
export const green = paint(32);
export const cyan = paint(36);
export const grey = paint(90);

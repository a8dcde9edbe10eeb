// compiled in strict mode by the oldest and the newest TypeScript that we promise to work with
import * as lab from 'attention-lab';
import * as notebook from 'attention-lab/notebook';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** `any` itself, or a function that gives one. */
type Loose<T> = IsAny<T> extends true ? true : T extends (...args: never[]) => infer R ? IsAny<R> : false;

/** Names of a module's exports that lost their types on the way. */
type Lost<M> = { [K in keyof M]: Loose<M[K]> extends true ? K : never }[keyof M];

// a name that lost its type is named by the compiler's message here
export const lostInLab: [Lost<typeof lab>] extends [never] ? true : Lost<typeof lab> = true;
export const lostInNotebook: [Lost<typeof notebook>] extends [never] ? true : Lost<typeof notebook> = true;

// compiled in strict mode by the oldest and the newest TypeScript that we promise to work with
import * as lab from 'attention-lab';
import * as notebook from 'attention-lab/notebook';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** `any` itself, or a function that gives one. */
type Loose<T> = IsAny<T> extends true ? true : T extends (...args: never[]) => infer R ? IsAny<R> : false;

/** The exports of a module that lost their types on the way: nothing fits but the compiler's complaint, which names them. */
type Lost<M> = { [K in keyof M as Loose<M[K]> extends true ? K : never]: 'lost its type' };

export const inLab: Lost<typeof lab> = {};
export const inNotebook: Lost<typeof notebook> = {};

import { tf } from './tf';

/**
 * Runs `make`; if it throws, frees every variable it had made by then and throws on. `tf.tidy` does the same for
 * tensors, but leaves variables alone.
 *
 * @example
 * const parameters = allOrNothing(() => ({ embedding: dense(96, 32, 1), attention: variant.init(config, 2) }));
 */
export function allOrNothing<T>(make: () => T): T {
  const { registeredVariables } = tf.engine();
  const before = new Set(Object.values(registeredVariables));
  try {
    return make();
  } catch (error) {
    for (const variable of Object.values(tf.engine().registeredVariables))
      if (!before.has(variable)) variable.dispose();
    throw error;
  }
}

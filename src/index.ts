/** Everything a user may import; deep imports are not supported. */
export { tf } from './core/tf';

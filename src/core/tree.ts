import type { tf } from './tf';

/** A nested object whose leaves are tensors: parameters, gradients, optimizer moments, decoding states. */
export interface Tree<T = tf.Tensor> {
  readonly [name: string]: T | Tree<T>;
}

function isLeaf<T>(node: T | Tree<T>): node is T {
  return typeof node !== 'object' || node === null || 'dtype' in node || ArrayBuffer.isView(node);
}

/** Leaves in a fixed order (names sorted at each level), each with its dotted path. */
export function leaves<T>(tree: Tree<T>, prefix = ''): [path: string, leaf: T][] {
  return Object.keys(tree)
    .sort()
    .flatMap((name): [string, T][] => {
      const node = tree[name] as T | Tree<T>;
      const path = prefix + name;
      return isLeaf(node) ? [[path, node]] : leaves(node, `${path}.`);
    });
}

/** A tree of the same form with every leaf replaced by `f(leaf, path)`. */
export function mapTree<T, U>(tree: Tree<T>, f: (leaf: T, path: string) => U, prefix = ''): Tree<U> {
  const result: Record<string, U | Tree<U>> = {};
  for (const name of Object.keys(tree).sort()) {
    const node = tree[name] as T | Tree<T>;
    const path = prefix + name;
    result[name] = isLeaf(node) ? f(node, path) : mapTree(node, f, `${path}.`);
  }
  return result;
}

/** How many numbers a tree of tensors holds. A tensor that appears twice (tied weights) counts once. */
export function countParameters(tree: Tree): number {
  return [...new Set(leaves(tree).map(([, leaf]) => leaf))].reduce((sum, leaf) => sum + leaf.size, 0);
}

/** Disposes every tensor of a tree; safe to call twice. */
export function disposeTree(tree: Tree): void {
  for (const [, leaf] of leaves(tree)) if (!leaf.isDisposed) leaf.dispose();
}

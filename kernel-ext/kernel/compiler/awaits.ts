import type ts from 'typescript';
import type { TypeScript } from './typescript';

/** Whether a cell waits at its top level: `await`, `for await` or `await using` outside every function. */
export function awaitsAtTopLevel(stock: TypeScript, code: string): boolean {
  // the `export` makes it a module, where `await (x)` is no call of a function named await
  const file = stock.createSourceFile('cell.ts', `export {};\n${code}`, stock.ScriptTarget.Latest, true);
  const waits = (node: ts.Node): boolean => {
    if (stock.isAwaitExpression(node)) return true;
    if (stock.isForOfStatement(node) && node.awaitModifier) return true;
    if (stock.isVariableDeclarationList(node) && isAwaitUsing(stock, node)) return true;
    if (stock.isFunctionLike(node) || stock.isClassStaticBlockDeclaration(node)) return nameWaits(node);
    if (stock.isPropertyDeclaration(node)) return nameWaits(node);
    return stock.forEachChild(node, waits) ?? false;
  };
  const nameWaits = (node: ts.Node & { readonly name?: ts.Node | undefined }): boolean =>
    // a computed name is evaluated outside of the body that it names
    node.name !== undefined && stock.isComputedPropertyName(node.name) && waits(node.name);
  return waits(file);
}

function isAwaitUsing(stock: TypeScript, list: ts.VariableDeclarationList): boolean {
  return (list.flags & stock.NodeFlags.AwaitUsing) === stock.NodeFlags.AwaitUsing;
}

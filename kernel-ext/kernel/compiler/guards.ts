import type ts from 'typescript';
import { guardNames } from '../execution/globals';
import type { TypeScript } from './typescript';

/**
 * Makes loops and waits interruptible. Every loop body begins with `if (__stop[0]) __check();`, one load from shared memory
 * (not measurable beside the loop's own work), and `await x` becomes `__resumed(await x)`, which lets nothing of a cancelled cell
 * run on. Applied to cells and to the project's files that cells import.
 */
export function interruptible(stock: TypeScript): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = stock;
  const call = (name: string, ...values: ts.Expression[]): ts.CallExpression =>
    factory.createCallExpression(factory.createIdentifier(name), undefined, values);
  const check = (): ts.Statement =>
    factory.createIfStatement(
      factory.createElementAccessExpression(factory.createIdentifier(guardNames.stop), 0),
      factory.createExpressionStatement(call(guardNames.check)),
    );
  const guarded = (body: ts.Statement, first: ts.Statement = check()): ts.Block =>
    stock.isBlock(body)
      ? factory.updateBlock(body, [first, ...body.statements])
      : factory.createBlock([first, body], true);

  return (context) => {
    const visit = (original: ts.Node): ts.Node => {
      const node = stock.visitEachChild(original, visit, context);
      if (stock.isAwaitExpression(node)) return call(guardNames.resumed, node);
      if (stock.isForStatement(node))
        return factory.updateForStatement(
          node,
          node.initializer,
          node.condition,
          node.incrementor,
          guarded(node.statement),
        );
      if (stock.isWhileStatement(node))
        return factory.updateWhileStatement(node, node.expression, guarded(node.statement));
      if (stock.isDoStatement(node))
        return factory.updateDoStatement(node, guarded(node.statement), node.expression);
      if (stock.isForInStatement(node))
        return factory.updateForInStatement(node, node.initializer, node.expression, guarded(node.statement));
      if (stock.isForOfStatement(node)) {
        const waits = factory.createExpressionStatement(call(guardNames.resumed));
        return factory.updateForOfStatement(
          node,
          node.awaitModifier,
          node.initializer,
          node.expression,
          guarded(node.statement, node.awaitModifier ? waits : check()),
        );
      }
      return node;
    };
    return (file) => stock.visitEachChild(file, visit, context);
  };
}

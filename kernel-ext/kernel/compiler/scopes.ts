import type ts from 'typescript';
import type { TypeScript } from './typescript';

/** How one name of the cell is used at one place. */
export interface Reference {
  readonly node: ts.Identifier;
  /** Inside of a function or class, which may run when other cells have changed the variable. */
  readonly from: 'cell' | 'function';
}

/** All identifiers of a bound file that stand for a variable of the file's top level or of no scope in the file at all. */
export function topLevelReferences(stock: TypeScript, file: ts.SourceFile): Reference[] {
  const found: Reference[] = [];
  const visit = (node: ts.Node, from: Reference['from']): void => {
    if (stock.isIdentifier(node) && isUse(stock, node) && !isShadowed(stock, node, file))
      found.push({ node, from });
    const inner = opensFunction(stock, node) ? 'function' : from;
    stock.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, 'cell');
  return found;
}

function opensFunction(stock: TypeScript, node: ts.Node): boolean {
  return stock.isFunctionLike(node) || stock.isClassLike(node);
}

/** Whether an identifier stands for a value, rather than naming a property, a label or an import. */
function isUse(stock: TypeScript, node: ts.Identifier): boolean {
  const { parent } = node;
  if (stock.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (stock.isPropertyAssignment(parent)) return parent.initializer === node;
  if (stock.isBindingElement(parent)) return parent.propertyName !== node;
  if (stock.isPropertyDeclaration(parent)) return parent.initializer === node;
  if (stock.isMethodDeclaration(parent) || stock.isAccessor(parent)) return false;
  if (stock.isLabeledStatement(parent) || stock.isBreakOrContinueStatement(parent)) return false;
  if (stock.isMetaProperty(parent) || stock.isImportSpecifier(parent)) return false;
  return !stock.isExportSpecifier(parent);
}

function isShadowed(stock: TypeScript, node: ts.Identifier, file: ts.SourceFile): boolean {
  for (let scope: ts.Node = node.parent; scope !== file; scope = scope.parent) {
    // the binder's table of names, which the public types leave out
    const { locals } = scope as { readonly locals?: ReadonlyMap<string, unknown> };
    if (locals?.has(node.text)) return true;
    // functions made by expressions and all classes know themselves by a name of their own
    if (stock.isFunctionExpression(scope) || stock.isClassLike(scope))
      if (scope.name?.text === node.text && scope.name !== node) return true;
  }
  return false;
}

/** Every identifier and property access that is assigned somewhere, also by `++`, patterns and loops. */
export function assignmentTargets(stock: TypeScript, file: ts.SourceFile): Set<ts.Node> {
  const found = new Set<ts.Node>();
  const target = (node: ts.Node): void => {
    if (stock.isIdentifier(node) || stock.isPropertyAccessExpression(node)) found.add(node);
    else if (stock.isParenthesizedExpression(node) || stock.isSpreadElement(node)) target(node.expression);
    else if (stock.isBinaryExpression(node)) target(node.left);
    else if (stock.isArrayLiteralExpression(node)) node.elements.forEach(target);
    else if (stock.isObjectLiteralExpression(node)) node.properties.forEach(target);
    else if (stock.isPropertyAssignment(node)) target(node.initializer);
    else if (stock.isShorthandPropertyAssignment(node)) target(node.name);
    else if (stock.isSpreadAssignment(node)) target(node.expression);
  };
  const visit = (node: ts.Node): void => {
    if (stock.isBinaryExpression(node) && isAssignment(stock, node)) target(node.left);
    else if (stock.isPrefixUnaryExpression(node) || stock.isPostfixUnaryExpression(node)) {
      const { PlusPlusToken, MinusMinusToken } = stock.SyntaxKind;
      if (node.operator === PlusPlusToken || node.operator === MinusMinusToken) target(node.operand);
    } else if (stock.isForOfStatement(node) || stock.isForInStatement(node)) target(node.initializer);
    stock.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The name in `exports.name`, or undefined for any other node. */
export function exportsMember(stock: TypeScript, node: ts.Node): string | undefined {
  if (!stock.isPropertyAccessExpression(node) || !stock.isIdentifier(node.expression)) return undefined;
  return node.expression.text === 'exports' ? node.name.text : undefined;
}

function isAssignment({ SyntaxKind }: TypeScript, { operatorToken }: ts.BinaryExpression): boolean {
  const { kind } = operatorToken;
  return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
}

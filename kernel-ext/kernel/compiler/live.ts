import type ts from 'typescript';
import { guardNames } from '../execution/globals';
import type { TypeScript } from './typescript';

// Cells of a notebook share their variables. TypeScript's own module output already writes every assignment of an exported
// variable through `exports.x = x = value`; three things are added so that all cells see one variable:
//   const becomes let, so that a later cell's value can be written into this cell's own binding
//   the cell registers one setter per variable (see liveVariables.ts)
//   the exports are not cleared at the start: a cell that fails half way keeps the values of earlier cells

/** What a cell declares, gathered while it is transformed. */
export interface CellNames {
  /** Variables, functions and classes: a later assignment reaches them through a setter. */
  readonly variables: string[];
  /** Imported names: shared, but bound to their module. */
  readonly imports: string[];
}

/** Before the module transform: gathers names, makes constants assignable, declares `let x` as undefined. */
export function shareDeclarations(stock: TypeScript, names: CellNames): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = stock;
  const notes = stock.NodeFlags;

  const statement = (node: ts.Statement): ts.Statement => {
    if (!stock.isVariableStatement(node)) return node;
    const { flags, declarations } = node.declarationList;
    const scope = flags & notes.BlockScoped;
    if (scope !== notes.Let && scope !== notes.Const) return node;
    const undefinedValue = factory.createVoidZero();
    const given = declarations.map((one) =>
      one.initializer
        ? one
        : factory.updateVariableDeclaration(one, one.name, undefined, undefined, undefinedValue),
    );
    return factory.updateVariableStatement(
      node,
      node.modifiers,
      factory.createVariableDeclarationList(given, notes.Let),
    );
  };

  return () => (file) => {
    const imported = importedNames(stock, file);
    for (const node of file.statements) {
      if (!stock.isExportDeclaration(node) || !node.exportClause || !stock.isNamedExports(node.exportClause))
        continue;
      for (const { name } of node.exportClause.elements)
        (imported.has(name.text) ? names.imports : names.variables).push(name.text);
    }
    return factory.updateSourceFile(file, file.statements.map(statement));
  };
}

/** After the module transform: keeps old values and makes imported names assignable. */
export function keepExports(stock: TypeScript): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = stock;
  return () => (file) => {
    const statements: ts.Statement[] = [];
    for (const node of file.statements) {
      const expression = stock.isExpressionStatement(node) ? node.expression : undefined;
      if (expression && clearsExports(stock, expression)) continue;
      const getter = expression && importGetter(stock, expression);
      if (!getter) {
        statements.push(node);
        continue;
      }
      const define = factory.createPropertyAccessExpression(
        factory.createIdentifier(guardNames.cells),
        'define',
      );
      const call = factory.createCallExpression(define, undefined, [...getter]);
      statements.push(factory.createExpressionStatement(call));
    }
    return factory.updateSourceFile(file, statements);
  };
}

/** The line that registers a cell's variables; it has no line break, so that positions stay. */
export function registration(names: CellNames): string {
  const setters = names.variables.map(
    (name) => `${name}(${newValue}) { ${name} = ${newValue}; ${liveName}; }`,
  );
  const imports = JSON.stringify(names.imports);
  return ` const ${liveName} = ${guardNames.cells}.register({ ${setters.join(', ')} }, ${imports});`;
}

// named in every setter, so that it lives exactly as long as some function of its cell does
const liveName = '__attentionLabLive';
const newValue = '__attentionLabValue';

function importedNames(stock: TypeScript, file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const node of file.statements) {
    if (!stock.isImportDeclaration(node)) continue;
    const { name, namedBindings } = node.importClause ?? {};
    if (name) names.add(name.text);
    if (!namedBindings) continue;
    if (stock.isNamespaceImport(namedBindings)) names.add(namedBindings.name.text);
    else for (const element of namedBindings.elements) names.add(element.name.text);
  }
  return names;
}

/** `exports.a = exports.b = void 0`, as TypeScript writes it at the head of a module. */
function clearsExports(stock: TypeScript, node: ts.Expression): boolean {
  if (!stock.isBinaryExpression(node) || !isExportsMember(stock, node.left)) return false;
  return stock.isVoidExpression(node.right) || clearsExports(stock, node.right);
}

function isExportsMember(stock: TypeScript, node: ts.Node): boolean {
  return (
    stock.isPropertyAccessExpression(node) &&
    stock.isIdentifier(node.expression) &&
    node.expression.text === 'exports'
  );
}

/** Name and getter of `Object.defineProperty(exports, "name", { enumerable: true, get: function () { … } })`. */
function importGetter(
  stock: TypeScript,
  node: ts.Expression,
): readonly [ts.Expression, ts.Expression] | undefined {
  if (!stock.isCallExpression(node) || !stock.isPropertyAccessExpression(node.expression)) return undefined;
  const [target, name, descriptor] = node.arguments;
  if (node.expression.name.text !== 'defineProperty' || !target || !name || !descriptor) return undefined;
  if (!stock.isIdentifier(target) || target.text !== 'exports') return undefined;
  if (!stock.isObjectLiteralExpression(descriptor)) return undefined;
  for (const property of descriptor.properties)
    if (
      stock.isPropertyAssignment(property) &&
      stock.isIdentifier(property.name) &&
      property.name.text === 'get'
    )
      return [name, property.initializer];
  return undefined;
}

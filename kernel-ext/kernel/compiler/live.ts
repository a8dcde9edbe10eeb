import type ts from 'typescript';
import { guardNames } from '../execution/globals';
import { assignmentTargets, exportsMember, topLevelReferences } from './scopes';
import type { Reference } from './scopes';
import type { TypeScript } from './typescript';

// Cells of a notebook share their variables through one plain object, `exports`. TypeScript's module output writes every
// assignment of an exported variable as `exports.x = x = value`, and tslab reads variables of earlier cells as
// `exports.x`. That leaves a cell's own binding behind when another cell assigns or redeclares the name. So:
//   a variable that a function of its cell uses gets a setter, through which other cells write into the binding
//   where a name has such setters, it is written as `cells.shared.x`, which calls them; everything else stays a plain store
//   a cell that redeclares such a name keeps no binding of its own: it reads `exports.x` like any other cell
//   const becomes let, so that bindings can be written
//   the exports are not cleared at the start: a cell that fails half way keeps the values of earlier cells

/** What the compiler has to know about the variables of earlier cells. */
export interface SharedNames {
  /** Whether some function that is still alive has a binding of its own for this name. */
  hasSetters(name: string): boolean;
  /** Whether some cell has declared this name. */
  isKnown(name: string): boolean;
}

/** Shares the variables of one cell; made anew for each. */
export class CellVariables {
  private declared: readonly string[] = [];
  private captured: readonly string[] = [];
  /** Declared here, and known to living functions of earlier cells. */
  private redeclared: ReadonlySet<string> = new Set();

  constructor(
    private readonly stock: TypeScript,
    private readonly shared: SharedNames,
  ) {}

  /** Before the module transform, on the bound file. */
  readonly before: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
    const { stock } = this;
    const imported = importedNames(stock, file);
    const uses = topLevelReferences(stock, file);
    const inFunctions = new Set(uses.filter((use) => use.from === 'function').map((use) => use.node.text));
    this.declared = exportedNames(stock, file);
    const own = this.declared.filter((name) => !imported.has(name));
    this.redeclared = new Set(own.filter((name) => this.shared.hasSetters(name)));
    this.captured = own.filter((name) => inFunctions.has(name) && !this.redeclared.has(name));

    const moved = this.replacements(uses, assignmentTargets(stock, file));
    const visit = (node: ts.Node): ts.Node => moved.get(node) ?? stock.visitEachChild(node, visit, context);
    const statements = file.statements.map((one) =>
      this.assignable(stock.visitNode(one, visit) as ts.Statement),
    );
    return stock.factory.updateSourceFile(file, statements);
  };

  /** After the module transform. */
  readonly after: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
    const { stock } = this;
    const visit = (node: ts.Node): ts.Node => {
      // assignments only: `exports.x < 3` is one of these expressions, too
      if (stock.isBinaryExpression(node) && node.operatorToken.kind === stock.SyntaxKind.EqualsToken) {
        const name = exportsMember(stock, node.left);
        if (name !== undefined && this.shared.hasSetters(name))
          return stock.factory.createAssignment(this.member('shared', name), node.right);
      }
      return stock.isFunctionLike(node) ? node : stock.visitEachChild(node, visit, context);
    };
    // what the person wrote has been dealt with before; these are the stores that TypeScript puts behind declarations
    const statements = file.statements
      .filter((node) => !clearsExports(stock, node))
      .map((node) => stock.visitNode(importAsValue(stock, node), visit) as ts.Statement);
    return stock.factory.updateSourceFile(file, statements);
  };

  /** The code that registers the cell's setters; it has no line break, so that positions stay. */
  get registration(): string {
    // the object is named in every setter, so that it lives exactly as long as some function of its cell does
    const setters = this.captured.map((name) => `${name}(${given}) { ${name} = ${given}; ${live}; }`);
    const declared = JSON.stringify(this.declared);
    return ` const ${live} = ${guardNames.cells}.register({ ${setters.join(', ')} }, ${declared});`;
  }

  /** Which nodes stand for variables that live outside of this cell, and what to write for them. */
  private replacements(uses: readonly Reference[], targets: ReadonlySet<ts.Node>): Map<ts.Node, ts.Node> {
    const { stock, shared } = this;
    const { factory } = stock;
    const moved = new Map<ts.Node, ts.Node>();
    const own = new Set(this.declared);
    for (const { node } of uses) {
      const { parent, text: name } = node;
      const short = stock.isShorthandPropertyAssignment(parent);
      // tslab leaves `{ x }` with the x of an earlier cell as it is
      if (!this.redeclared.has(name) && !(short && !own.has(name) && shared.isKnown(name))) continue;
      if (isDeclarationName(stock, node)) continue;
      const write = targets.has(node) && shared.hasSetters(name);
      const value = this.member(write ? 'shared' : 'exports', name);
      if (short) moved.set(parent, longForm(stock, parent, value));
      // without `this`: a cell's function is called by its bare name
      else if (stock.isCallExpression(parent) && parent.expression === node)
        moved.set(
          node,
          factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), value)),
        );
      else moved.set(node, value);
    }
    for (const node of targets) {
      const name = exportsMember(stock, node);
      if (name !== undefined && shared.hasSetters(name)) moved.set(node, this.member('shared', name));
    }
    return moved;
  }

  private member(of: 'exports' | 'shared', name: string): ts.PropertyAccessExpression {
    const { factory } = this.stock;
    const access = factory.createPropertyAccessExpression;
    if (of === 'exports') return access(factory.createIdentifier('exports'), name);
    return access(access(factory.createIdentifier(guardNames.cells), 'shared'), name);
  }

  /** `const` as `let`, and `let x` as `let x = undefined`, so that the shared variable does not keep an older value. */
  private assignable(node: ts.Statement): ts.Statement {
    const { factory, NodeFlags } = this.stock;
    if (!this.stock.isVariableStatement(node)) return node;
    const { flags, declarations } = node.declarationList;
    const scope = flags & NodeFlags.BlockScoped;
    if (scope !== NodeFlags.Let && scope !== NodeFlags.Const) return node;
    const complete = declarations.map((one) =>
      one.initializer
        ? one
        : factory.updateVariableDeclaration(one, one.name, undefined, undefined, factory.createVoidZero()),
    );
    const list = factory.createVariableDeclarationList(complete, NodeFlags.Let);
    return factory.updateVariableStatement(node, node.modifiers, list);
  }
}

const live = '__attentionLabLive';
const given = '__attentionLabValue';

function longForm(
  { factory }: TypeScript,
  { name, objectAssignmentInitializer }: ts.ShorthandPropertyAssignment,
  value: ts.Expression,
): ts.PropertyAssignment {
  const complete = objectAssignmentInitializer
    ? factory.createAssignment(value, objectAssignmentInitializer)
    : value;
  return factory.createPropertyAssignment(name.text, complete);
}

function isDeclarationName(stock: TypeScript, node: ts.Identifier): boolean {
  const { parent } = node;
  if (stock.isVariableDeclaration(parent) || stock.isBindingElement(parent)) return parent.name === node;
  return (stock.isFunctionDeclaration(parent) || stock.isClassDeclaration(parent)) && parent.name === node;
}

function exportedNames(stock: TypeScript, file: ts.SourceFile): string[] {
  const names: string[] = [];
  for (const { exportClause } of file.statements.filter(stock.isExportDeclaration))
    if (exportClause && stock.isNamedExports(exportClause))
      for (const { name } of exportClause.elements) names.push(name.text);
  return names;
}

function importedNames(stock: TypeScript, file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const { importClause } of file.statements.filter(stock.isImportDeclaration)) {
    if (importClause?.name) names.add(importClause.name.text);
    const bindings = importClause?.namedBindings;
    if (!bindings) continue;
    if (stock.isNamespaceImport(bindings)) names.add(bindings.name.text);
    else for (const { name } of bindings.elements) names.add(name.text);
  }
  return names;
}

/** `exports.a = exports.b = void 0;`, as TypeScript writes it at the head of a module. */
function clearsExports(stock: TypeScript, node: ts.Statement): boolean {
  const clears = (one: ts.Expression): boolean =>
    stock.isBinaryExpression(one) &&
    exportsMember(stock, one.left) !== undefined &&
    (stock.isVoidExpression(one.right) || clears(one.right));
  // what the person wrote has a position
  return node.pos < 0 && stock.isExpressionStatement(node) && clears(node.expression);
}

/**
 * `Object.defineProperty(exports, "x", { enumerable: true, get: function () { return m.x; } })`, TypeScript's form of
 * an imported name, as the assignment `exports.x = (function () { return m.x; })()`: variables can be assigned again.
 */
function importAsValue(stock: TypeScript, node: ts.Statement): ts.Statement {
  const { factory } = stock;
  const call = stock.isExpressionStatement(node) ? node.expression : undefined;
  if (!call || !stock.isCallExpression(call)) return node;
  const [target, name, descriptor] = call.arguments;
  if (!target || !stock.isIdentifier(target) || target.text !== 'exports') return node;
  if (!name || !stock.isStringLiteral(name)) return node;
  if (!descriptor || !stock.isObjectLiteralExpression(descriptor)) return node;
  for (const property of descriptor.properties) {
    if (!stock.isPropertyAssignment(property) || !stock.isFunctionExpression(property.initializer)) continue;
    const member = factory.createPropertyAccessExpression(factory.createIdentifier('exports'), name.text);
    const value = factory.createCallExpression(
      factory.createParenthesizedExpression(property.initializer),
      undefined,
      [],
    );
    return factory.createExpressionStatement(factory.createAssignment(member, value));
  }
  return node;
}

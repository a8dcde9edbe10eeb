import type ts from 'typescript';
import type { TypeScript } from '../compiler/typescript';

/** Tells which names a cell has really given a value. */
export interface Assigned {
  assigned(name: string): boolean;
}

/**
 * What the type checker knows of earlier cells. A cell that fails or is stopped keeps what it had declared and assigned until then,
 * as in any interactive language: the model that was built before the training was stopped is still there.
 */
export class Declarations {
  text = '';

  constructor(private readonly typescript: TypeScript) {}

  /** Takes over the declarations after a cell; after a failed one, only those of names that have a value. */
  commit(next: string, completed: boolean, values: Assigned): void {
    this.text = completed ? next : this.reached(next, values);
  }

  private reached(next: string, values: Assigned): string {
    const { createSourceFile, createPrinter, factory, ScriptTarget, EmitHint } = this.typescript;
    const before = this.statements(this.text);
    const printer = createPrinter();
    const file = createSourceFile('next.d.ts', next, ScriptTarget.Latest, true);
    const kept: string[] = [];
    const print = (node: ts.Node): string => printer.printNode(EmitHint.Unspecified, node, file);
    for (const statement of file.statements) {
      const text = statement.getText(file);
      if (!this.typescript.isVariableStatement(statement)) {
        kept.push(text);
        continue;
      }
      const list = statement.declarationList;
      for (const one of list.declarations) {
        const name = one.name.getText(file);
        const single = factory.createVariableDeclarationList([one], list.flags);
        const line = print(factory.createVariableStatement(statement.modifiers, single));
        if (values.assigned(name) || before.has(line)) kept.push(line);
        // the name had another type in an earlier cell, and that declaration is gone from `next`
        else if (before.has(name)) kept.push(`declare let ${name}: any;`);
      }
    }
    return kept.join('\n') + '\n';
  }

  /** The variable declarations of a text, one by one, and their names. */
  private statements(text: string): Set<string> {
    const { createSourceFile, createPrinter, factory, ScriptTarget, EmitHint } = this.typescript;
    const printer = createPrinter();
    const file = createSourceFile('before.d.ts', text, ScriptTarget.Latest, true);
    const found = new Set<string>();
    for (const statement of file.statements) {
      if (!this.typescript.isVariableStatement(statement)) continue;
      const list = statement.declarationList;
      for (const one of list.declarations) {
        const single = factory.createVariableDeclarationList([one], list.flags);
        const node = factory.createVariableStatement(statement.modifiers, single);
        found.add(one.name.getText(file)).add(printer.printNode(EmitHint.Unspecified, node, file));
      }
    }
    return found;
  }
}

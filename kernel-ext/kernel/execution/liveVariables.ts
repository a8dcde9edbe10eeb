/** Writes a value into one cell's own binding of a variable. */
type Setter = (value: unknown) => void;
type Setters = Readonly<Record<string, Setter>>;

/**
 * The variables that all cells share. `exports` is a plain object, read and written at full speed. A cell whose functions use a
 * variable has a binding of its own and registers a setter for it; writes from other cells go through `shared`, so
 * `lr = 0.01` in a later cell changes what an earlier cell's function reads, whether the later cell assigns the
 * variable or declares it again.
 */
export class LiveVariables {
  /** What cells read and write: `exports.x`. */
  readonly exports: Record<string, unknown> = {};
  /** The same variables with every write passed on to the setters. */
  readonly shared: Record<string, unknown> = {};
  private readonly bindings = new Map<string, Binding>();
  private before = new Map<string, unknown>();

  /** Called at the start of each cell: bindings that were left behind by a redeclaration catch up. */
  begin(): void {
    this.before = new Map();
    for (const [name, binding] of this.bindings) binding.write(this.exports[name]);
    for (const binding of this.bindings.values()) binding.rest();
  }

  /** Called from inside a cell, first of all: its setters and the names that it is going to declare. */
  register(setters: Setters, declared: readonly string[]): Setters {
    for (const name of declared) if (name in this.exports) this.before.set(name, this.exports[name]);
    for (const name of Object.keys(setters)) this.binding(name).add(setters, name);
    return setters;
  }

  /** Whether some living function has a binding of its own for this name. */
  hasSetters(name: string): boolean {
    return this.bindings.get(name)?.isUsed() ?? false;
  }

  /** Whether some cell has declared this name. */
  isKnown(name: string): boolean {
    return name in this.exports;
  }

  /** Whether the cell that ran last has given this name a value. */
  assigned(name: string): boolean {
    if (!this.before.has(name)) return name in this.exports;
    return this.exports[name] !== this.before.get(name);
  }

  /** Reads a value once and lets go of it. */
  take(name: string): unknown {
    const value = this.exports[name];
    this.exports[name] = undefined;
    return value;
  }

  private binding(name: string): Binding {
    const known = this.bindings.get(name);
    if (known) return known;
    const binding = new Binding();
    this.bindings.set(name, binding);
    Object.defineProperty(this.shared, name, {
      get: () => this.exports[name],
      set: (value: unknown) => {
        this.exports[name] = value;
        binding.write(value);
      },
    });
    return binding;
  }
}

class Binding {
  // weak: a cell that was run again leaves nothing behind once no function of its old run is alive
  private owners: { readonly owner: WeakRef<Setters>; readonly name: string }[] = [];
  private active: Setter[] | undefined;

  add(owner: Setters, name: string): void {
    this.owners.push({ owner: new WeakRef(owner), name });
    this.active = undefined;
  }

  isUsed(): boolean {
    return this.owners.some(({ owner }) => owner.deref() !== undefined);
  }

  write(value: unknown): void {
    const setters = (this.active ??= this.living());
    for (const setter of setters) {
      try {
        setter(value);
      } catch (error) {
        // a binding that its cell has not reached yet (or never will, after an error) cannot be written: no fault
        if (!(error instanceof ReferenceError)) throw error;
      }
    }
  }

  /** Lets go of the setters until the next write. */
  rest(): void {
    this.active = undefined;
  }

  private living(): Setter[] {
    const setters: Setter[] = [];
    this.owners = this.owners.filter(({ owner, name }) => {
      const setter = owner.deref()?.[name];
      if (setter) setters.push(setter);
      return setter !== undefined;
    });
    return setters;
  }
}

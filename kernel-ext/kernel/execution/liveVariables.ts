/** Writes a value into one cell's own binding of a variable. */
type Setter = (value: unknown) => void;
type Setters = Readonly<Record<string, Setter>>;

/**
 * The variables that all cells share. Each name is one property of `exports`; a cell that declares the name keeps a binding of its
 * own (so that its loops run at full speed) and registers a setter for it. A write from anywhere reaches every binding that
 * some living function can still see, so `lr = 0.01` in a later cell changes what an earlier cell's function reads,
 * whether the later cell assigns the variable or declares it again.
 */
export class LiveVariables {
  /** What cells read and write: `exports.x`. */
  readonly exports: Record<string, unknown> = {};
  private readonly bindings = new Map<string, Binding>();
  private run = 0;

  /** Called at the start of each cell. */
  begin(): void {
    this.run += 1;
    for (const binding of this.bindings.values()) binding.rest();
  }

  /** Called from inside a cell: the setters of its variables and the names that it imports. */
  register(setters: Setters, imports: readonly string[]): Setters {
    for (const name of Object.keys(setters)) this.binding(name).add(setters, name);
    for (const name of imports) this.binding(name);
    return setters;
  }

  /** Called from inside a cell for `import { name }`. */
  define(name: string, get: () => unknown): void {
    this.exports[name] = get();
  }

  /** Whether the cell that ran last has given this name a value. */
  assigned(name: string): boolean {
    return this.bindings.get(name)?.run === this.run;
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
    Object.defineProperty(this.exports, name, {
      enumerable: true,
      configurable: true,
      get: () => binding.value,
      set: (value: unknown) => {
        binding.run = this.run;
        binding.write(value);
      },
    });
    return binding;
  }
}

class Binding {
  value: unknown = undefined;
  /** Number of the cell run that wrote last. */
  run = -1;
  // weak: a cell that was run again leaves nothing behind once no function of its old run is alive
  private owners: { readonly owner: WeakRef<Setters>; readonly name: string }[] = [];
  private active: Setter[] | undefined;

  add(owner: Setters, name: string): void {
    this.owners.push({ owner: new WeakRef(owner), name });
    this.active = undefined;
  }

  write(value: unknown): void {
    this.value = value;
    const setters = (this.active ??= this.living());
    for (let i = 0; i < setters.length; i++) setters[i]?.(value);
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
    return setters.map(withoutTemporalDeadZone);
  }
}

/** A binding that its cell has not reached yet (or never will, after an error) cannot be written; that is no fault. */
function withoutTemporalDeadZone(setter: Setter): Setter {
  return (value) => {
    try {
      setter(value);
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
    }
  };
}

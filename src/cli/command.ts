/** One sub-command of `attention-lab`, in a file of its own that exports it as `command`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole text of `attention-lab <name> --help`. */
  readonly help: string;
  /** Does the work and gives the exit code. A thrown `UsageError` becomes one sentence and exit code 2. */
  run(args: readonly string[]): Promise<number>;
}

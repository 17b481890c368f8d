// What every command of the command line is.

/** One command. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** Shown by --help: usage, options, an example. */
  readonly help: string
  run(args: readonly string[]): Promise<void>
}

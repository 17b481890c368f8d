// Where progress is shown: a terminal that can rewrite a line, or lines of text.

/** A place for text. */
export interface Terminal {
  /** A terminal with a cursor; else text is only added. */
  readonly interactive: boolean
  /** Width in characters. */
  readonly columns: number
  readonly colours: boolean
  write(text: string): void
}

/** Standard output where there is one, else the console. */
export function standardTerminal(): Terminal {
  if (typeof process === 'undefined' || process.stdout === undefined) {
    return {
      interactive: false,
      columns: 120,
      colours: false,
      write: (text) => {
        console.log(text.trimEnd())
      },
    }
  }
  const { stdout } = process
  const interactive = stdout.isTTY === true
  return {
    interactive,
    columns: stdout.columns ?? 120,
    // Says no where NO_COLOR is set.
    colours: interactive && stdout.hasColors?.() === true,
    write: (text) => {
      stdout.write(text)
    },
  }
}

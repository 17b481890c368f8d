// The variables of the process's environment, where there is one and it may be read.

/** A variable's text; `undefined` in a page, where it is not set, and where reading is not allowed (Deno without `--allow-env`). */
export function environmentVariable(name: string): string | undefined {
  try {
    return process.env[name]
  } catch {
    return undefined
  }
}

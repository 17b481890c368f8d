// Imports a file that a command is given.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../index.ts'

/** What a file exports, by name. TypeScript is read by Node itself where it can, else by the tsx of the file's project. `command` begins errors. */
export async function loadFile(command: string, file: string): Promise<Map<string, unknown>> {
  const path = resolve(file)
  if (!existsSync(path)) throw new ConfigError(`${command}: expected a file, found none at '${file}'. Check the path.`)
  // A module that could not be loaded is not tried again, so that tsx must be there before the first attempt.
  if (/\.[cm]?ts$/.test(path) && !runsTypeScript() && !(await registerTypeScript(path))) {
    throw new ConfigError(
      `${command} '${file}': expected a Node that runs TypeScript (22.18 or later) or the package tsx, got Node ${process.version} without it. Run npm install --save-dev tsx, or compile the file.`,
    )
  }
  const exported: object = await import(pathToFileURL(path).href)
  return new Map<string, unknown>(Object.entries(exported))
}

/** Whether Node strips types itself. */
function runsTypeScript(): boolean {
  return 'typescript' in process.features && process.features.typescript !== false
}

/** Lets Node import TypeScript with the tsx of the file's project; false where it has none. */
async function registerTypeScript(path: string): Promise<boolean> {
  let loader: string
  try {
    loader = createRequire(path).resolve('tsx')
  } catch {
    return false
  }
  await import(pathToFileURL(loader).href)
  return true
}

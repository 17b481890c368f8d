// Where data sets are read from: files of the machine, or in a page the addresses beside it.

import { FormatError } from '../core/index.ts'

/** The bytes of a file by its path; in a page, of what lies at an address, relative to the page. A FormatError where there is none. */
export async function fileBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  // Asked of the process, not imported: bundlers for pages need not know what Node has.
  const files = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:fs/promises')
  try {
    if (files !== undefined) return new Uint8Array(await files.readFile(path))
    const response = await fetch(path)
    if (!response.ok) throw new RangeError(`HTTP status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FormatError(`read '${path}': expected a file that can be read, got ${reason}. Check the path.`, { cause: error })
  }
}

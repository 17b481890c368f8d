// Page files in the origin's private file system (OPFS).

import { FormatError } from '../../core/index.ts'
import type { PageFiles } from './page-files.ts'
import { type FileHandle, type FolderHandle, originStorage, writesWhole } from './page-storage.ts'

/** Opens a folder of the private file system; throws where there is none, or none that is written whole. */
export async function privateFiles(folder: string): Promise<PageFiles> {
  const storage = originStorage()
  if (storage?.getDirectory === undefined) throw new FormatError('this browser has no private file system')
  if (!writesWhole()) throw new FormatError('its private files can only be written in place')
  const root = await storage.getDirectory()
  return new PrivateFiles(await root.getDirectoryHandle(fileName(folder), { create: true }))
}

/** Any text as a name of a file: letters, digits, `_` and `-` stay, the rest becomes %XX. */
const fileName = (name: string): string => encodeURIComponent(name).replaceAll(/[.!~*'()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'NotFoundError'

class PrivateFiles implements PageFiles {
  readonly kind = 'opfs'
  private readonly folder: FolderHandle

  constructor(folder: FolderHandle) {
    this.folder = folder
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let file: FileHandle
    try {
      file = await this.folder.getFileHandle(fileName(name))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer())
    // A file whose first writing was cut short.
    return bytes.length === 0 ? undefined : bytes
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const file = await this.folder.getFileHandle(fileName(name), { create: true })
    const writer = await file.createWritable()
    try {
      await writer.write(bytes)
      await writer.close()
    } catch (error) {
      await writer.abort().catch(() => undefined)
      throw notWritten(name, bytes, error)
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.folder.removeEntry(fileName(name))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async names(): Promise<string[]> {
    const names: string[] = []
    for await (const name of this.folder.keys()) names.push(decodeURIComponent(name))
    return names.sort()
  }
}

function notWritten(name: string, bytes: Uint8Array, cause: unknown): FormatError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FormatError(`write '${name}': expected room for ${bytes.length} bytes, got ${reason}. Remove other files of this page.`, { cause })
}

// Files of a page: bytes by name that the browser keeps for the page's origin, so that what was trained is there when the page comes back.

import { FormatError } from '../../core/index.ts'
import { databaseFiles } from './database-files.ts'
import { privateFiles } from './private-files.ts'

/** Bytes by name, kept by the browser. A name may hold any characters. */
export interface PageFiles {
  /** Where the bytes are: the origin's private file system, or IndexedDB. */
  readonly kind: 'opfs' | 'indexeddb'
  /** The bytes of a file, or `undefined` where there is none. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Puts bytes in a file's place: a page that is closed meanwhile leaves the old ones. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Removes a file; nothing happens where there is none. */
  remove(name: string): Promise<void>
  names(): Promise<string[]>
}

/** Options of {@link openPageFiles}. */
export interface PageFilesOptions {
  /** Keeps the files of several programs of one origin apart. Default 'tenon'. */
  readonly folder?: string
  /** Where to keep them. Default: the private file system where it can be written, else IndexedDB. */
  readonly kind?: PageFiles['kind']
}

/**
 * Opens the files that a browser keeps for this page's origin; in a page or a worker.
 *
 * ```ts
 * const files = await openPageFiles()
 * await files.write('digits', encodeSafetensors(weights))
 * ```
 *
 * A FormatError says where no storage can be had, as in some private windows.
 */
export async function openPageFiles({ folder = 'tenon', kind }: PageFilesOptions = {}): Promise<PageFiles> {
  const reasons: string[] = []
  for (const [name, open] of [['opfs', privateFiles] as const, ['indexeddb', databaseFiles] as const]) {
    if (kind !== undefined && kind !== name) continue
    try {
      return await open(folder)
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new FormatError(
    `page files: expected storage of the browser, got none (${reasons.join('; ')}). Allow this page to store data, or leave the private window.`,
  )
}

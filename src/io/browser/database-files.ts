// Page files in IndexedDB, for browsers whose private file system cannot be written whole.

import { FormatError } from '../../core/index.ts'
import type { PageFiles } from './page-files.ts'
import { type Database, databases, type ObjectStore, type Request } from './page-storage.ts'

const table = 'files'

/** Opens a database of this origin; throws where there is none. */
export async function databaseFiles(folder: string): Promise<PageFiles> {
  const factory = databases()
  if (factory === undefined) throw new FormatError('this browser has no IndexedDB')
  const request = factory.open(folder, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(table)
  return new DatabaseFiles(await answer(request))
}

function answer<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

class DatabaseFiles implements PageFiles {
  readonly kind = 'indexeddb'
  private readonly database: Database

  constructor(database: Database) {
    this.database = database
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = await answer(this.database.transaction(table, 'readonly').objectStore(table).get(name))
    if (value === undefined) return undefined
    if (!(value instanceof Uint8Array)) throw new FormatError(`read '${name}': expected bytes, got ${typeof value}. Remove the file.`)
    return new Uint8Array(value)
  }

  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.change(`write '${name}'`, (store) => store.put(bytes, name))
  }

  remove(name: string): Promise<void> {
    return this.change(`remove '${name}'`, (store) => store.delete(name))
  }

  async names(): Promise<string[]> {
    const keys = await answer(this.database.transaction(table, 'readonly').objectStore(table).getAllKeys())
    return keys.map(String).sort()
  }

  /** Done when the change is on the disk, as far as the browser says so. */
  private change(what: string, request: (store: ObjectStore) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(table, 'readwrite', { durability: 'strict' })
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => {
        const reason = transaction.error?.message ?? 'no reason'
        reject(new FormatError(`${what}: expected the browser to keep it, got ${reason}. Remove other files of this page.`))
      }
      request(transaction.objectStore(table))
    })
  }
}

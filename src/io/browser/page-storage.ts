// The part of a browser's storage that is used here, typed because it is the same in pages and workers and unknown elsewhere.

/** A file of the origin's private file system. */
export interface FileHandle {
  getFile(): Promise<Blob>
  /** Absent in browsers where only workers may write, and only in place: see {@link writesWhole}. */
  createWritable(): Promise<FileWriter>
}

/** Writes beside the file; `close` puts what was written in its place. */
export interface FileWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  close(): Promise<void>
  abort(): Promise<void>
}

/** A folder of the origin's private file system. */
export interface FolderHandle {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<FolderHandle>
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>
  removeEntry(name: string): Promise<void>
  keys(): AsyncIterable<string>
}

/** A request of IndexedDB. */
export interface Request<T> {
  readonly result: T
  readonly error: Error | null
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}

/** A request that opens a database. */
export interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null
}

/** A table of values by key. */
export interface ObjectStore {
  get(key: string): Request<unknown>
  put(value: unknown, key: string): Request<unknown>
  delete(key: string): Request<unknown>
  getAllKeys(): Request<readonly unknown[]>
}

/** A group of requests that happens as a whole or not at all. */
export interface Transaction {
  readonly error: Error | null
  oncomplete: (() => void) | null
  onabort: (() => void) | null
  objectStore(name: string): ObjectStore
}

/** A database of the origin. */
export interface Database {
  createObjectStore(name: string): ObjectStore
  transaction(store: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): Transaction
}

interface DatabaseFactory {
  open(name: string, version: number): OpenRequest
}

interface OriginStorage {
  getDirectory?(): Promise<FolderHandle>
}

/** The storage of this page's origin, or `undefined` where the browser has none or does not say. */
export function originStorage(): OriginStorage | undefined {
  return typeof navigator === 'undefined' ? undefined : Reflect.get(navigator, 'storage')
}

/** Whether private files can be written beside and put in place as a whole. */
export function writesWhole(): boolean {
  const name: string = 'FileSystemFileHandle'
  const handle: { readonly prototype: object } | undefined = Reflect.get(globalThis, name)
  return handle !== undefined && 'createWritable' in handle.prototype
}

/** IndexedDB, or `undefined` where there is none. */
export function databases(): DatabaseFactory | undefined {
  const name: string = 'indexedDB'
  return Reflect.get(globalThis, name)
}

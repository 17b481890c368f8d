// The HDF5 library: the C library as a WebAssembly module with a file system in memory, so that bytes of strangers stay in its own memory and
// links to other files lead nowhere. Loaded when the first file is read or written.

import type { File } from 'h5wasm'
import { FormatError } from '../../core/index.ts'

type Library = Awaited<typeof import('h5wasm')['ready']>

/** An open file, and the library's own functions, which take its `file_id`. */
export interface OpenFile {
  readonly file: File
  readonly library: Library
}

let opened = 0

/** Runs `use` on a file that begins as `bytes`, or empty without them; the error names the file. Gives what `use` gives. */
export async function withFile<R>(name: string, bytes: Uint8Array | undefined, use: (open: OpenFile) => R): Promise<R> {
  const { File: Hdf5File, ready } = await import('h5wasm')
  const library = await ready
  const path = `/tenon-${opened++}.h5`
  // Without this, the library prints what it does not like and goes on.
  library.activate_throwing_error_handler()
  let file: File | undefined
  try {
    if (bytes !== undefined) library.FS.writeFile(path, bytes)
    file = new Hdf5File(path, bytes === undefined ? 'w' : 'r')
    return use({ file, library })
  } catch (error) {
    if (error instanceof FormatError) throw error
    const [wanted, got] = bytes === undefined ? ['room for an HDF5 file', 'none'] : ['a whole HDF5 file', 'one that cannot be read']
    throw new FormatError(`hdf5 '${name}': expected ${wanted}, got ${got} (${reason(error)}). The file is cut off or damaged; copy it again.`, {
      cause: error,
    })
  } finally {
    closed(file)
    if (library.FS.analyzePath(path).exists) library.FS.unlink(path)
    library.deactivate_throwing_error_handler()
  }
}

/**
 * Runs `use` while the library's memory may grow by at most `bytes`: the library makes room for as long a text as a damaged file says before it looks
 * whether there is one, and never gives memory back. Its memory is not to be had from outside, so that all memories are watched meanwhile; `use` does
 * not wait for anything, so that no other program runs in between.
 */
export function withBoundedMemory<R>(library: Library, bytes: number, use: () => R): R {
  // Not a literal: programs that know the DOM's types would get the type from there.
  const name: string = 'WebAssembly'
  const engine: { readonly Memory: { readonly prototype: Memory } } = Reflect.get(globalThis, name)
  const { prototype } = engine.Memory
  const { grow } = prototype
  const most = library.HEAPU8.length + bytes
  prototype.grow = function (this: Memory, pages: number): number {
    if (this.buffer.byteLength + pages * pageBytes > most) throw new RangeError(`more than ${most} bytes of memory`)
    return Reflect.apply(grow, this, [pages])
  }
  try {
    return use()
  } finally {
    prototype.grow = grow
  }
}

/** What is needed of WebAssembly's memories. */
interface Memory {
  readonly buffer: ArrayBufferLike
  grow: (this: Memory, pages: number) => number
}

/** WebAssembly's unit of memory. */
const pageBytes = 65_536

/** A damaged file may not close, either; its bytes are thrown away anyway. */
function closed(file: File | undefined): void {
  try {
    file?.close()
  } catch {
    return
  }
}

/** The innermost of the reasons that the library lists. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return [...message.matchAll(/ in \w+\(\): (.+)/g)].at(-1)?.[1] ?? message
}

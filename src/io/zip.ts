// Zip archives: a few named files as bytes and back. What an archive says about sizes is checked before anything is unpacked.

import { FormatError } from '../core/index.ts'
import { crc32 } from './checksums.ts'

/** The most files that an archive may hold. */
const maxFiles = 10_000
/** A file of more bytes than this may unpack to at most so many times its packed size: deflate reaches 1032 on zeros. */
const freeBytes = 2 ** 26
const maxExpansion = 100
/** What is read into memory at most: one file of an archive. */
const maxBytes = 2 ** 32
/** Earliest time that zip's dates can say; a fixed one makes equal archives equal bytes. */
const earliest = new Date(1980, 0, 1)

/** The bytes of an archive. Files are stored, not packed: weights hardly shrink. */
export async function writeZip(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const { zipSync } = await import('fflate')
  return new Uint8Array(zipSync(Object.fromEntries(files), { level: 0, mtime: earliest }))
}

/**
 * The files of an archive that `wanted` names, by name. `where` begins the errors: `loadModel 'm.keras'`. A FormatError where the archive is cut off,
 * a file is damaged, or a file says that it is far larger than what is stored.
 */
export async function readZip(bytes: Uint8Array, where: string, wanted: (name: string) => boolean): Promise<Map<string, Uint8Array>> {
  const wrong = (expected: string, received: string, cure: string): FormatError =>
    new FormatError(`${where}: expected ${expected}, got ${received}. ${cure}`)
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    const kind = bytes[0] === 0x89 && bytes[1] === 0x48 ? 'an HDF5 file' : bytes.length === 0 ? 'an empty file' : 'something else'
    throw wrong('a zip archive', kind, bytes[0] === 0x89 ? 'Rename it to end in .h5.' : 'Check the path.')
  }
  const { unzipSync } = await import('fflate')
  let count = 0
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (++count > maxFiles) throw wrong(`at most ${maxFiles} files`, 'more', 'The archive is damaged.')
        if (!wanted(name)) return false
        if (originalSize > maxBytes || (originalSize > freeBytes && originalSize > maxExpansion * size)) {
          throw wrong(`'${name}' of ${size} stored bytes`, `a declared size of ${originalSize}`, 'The archive is damaged or hostile.')
        }
        return true
      },
    })
    for (const [name, content] of Object.entries(files)) {
      const { checksum, size } = directoryEntry(bytes, name)
      if (content.length === size && crc32(content) === checksum) continue
      throw wrong(`'${name}' with the archive's own checksum`, 'another', 'The archive is cut off or damaged; copy it again.')
    }
    return new Map(Object.entries(files))
  } catch (error) {
    if (error instanceof FormatError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw wrong('a whole zip archive', `one of ${bytes.length} bytes that cannot be read (${reason})`, 'It is cut off or damaged; copy it again.')
  }
}

/** What an archive's directory, which lies at its end, says of a file; the library that unpacks does not look at the checksum. */
function directoryEntry(bytes: Uint8Array, wanted: string): { readonly checksum: number; readonly size: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = new TextEncoder().encode(wanted)
  for (let at = bytes.length - 46 - name.length; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x02014b50 || view.getUint16(at + 28, true) !== name.length) continue
    if (name.every((byte, i) => byte === bytes[at + 46 + i])) return { checksum: view.getUint32(at + 16, true), size: view.getUint32(at + 24, true) }
  }
  throw new RangeError(`'${wanted}' is not in the directory`)
}

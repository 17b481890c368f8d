// Zip archives: a few named files as bytes and back. What an archive says about sizes is checked before anything is unpacked.

import { FormatError } from '../core/index.ts'
import { crc32 } from './checksums.ts'
import { readDirectory, type ZipEntry } from './zip-directory.ts'

/** Files of more bytes than this may unpack to at most so many times their packed size, one as all together: deflate reaches 1032 on zeros. */
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
 * a file is damaged or there twice, or files say that they are far larger than what is stored. Names are names only: nothing is written anywhere.
 */
export async function readZip(bytes: Uint8Array, where: string, wanted: (name: string) => boolean): Promise<Map<string, Uint8Array>> {
  const wrong = (expected: string, received: string, cure: string): FormatError =>
    new FormatError(`${where}: expected ${expected}, got ${received}. ${cure}`)
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    const kind = bytes[0] === 0x89 && bytes[1] === 0x48 ? 'an HDF5 file' : bytes.length === 0 ? 'an empty file' : 'something else'
    throw wrong('a zip archive', kind, bytes[0] === 0x89 ? 'Rename it to end in .h5.' : 'Check the path.')
  }
  const { inflateSync } = await import('fflate')
  const contentOf = ({ name, method, packed, size }: ZipEntry): Uint8Array => {
    if (method === 0) return packed.slice()
    if (method === 8) return inflateSync(packed, { out: new Uint8Array(size) })
    throw wrong(`'${name}' stored or deflated`, `zip's method ${method}`, 'Pack the archive again as zip programs do by default.')
  }
  try {
    const entries = readDirectory(bytes).filter(({ name }) => wanted(name))
    const files = new Map<string, Uint8Array>()
    let total = 0
    for (const entry of entries) {
      const { name, packed, size, checksum, isEncrypted } = entry
      total += size
      if (files.has(name)) throw wrong(`one file '${name}'`, 'two of that name', 'The archive is damaged or hostile.')
      if (isEncrypted) throw wrong(`'${name}' to be readable`, 'an encrypted file', 'Pack the archive again without a password.')
      if (size > maxBytes || isBomb(size, packed.length)) {
        throw wrong(`'${name}' of ${packed.length} stored bytes`, `a declared size of ${size}`, 'The archive is damaged or hostile.')
      }
      if (isBomb(total, bytes.length)) {
        throw wrong(`files of an archive of ${bytes.length} bytes`, `declared sizes of ${total} and more`, 'The archive is damaged or hostile.')
      }
      const content = contentOf(entry)
      if (content.length !== size || crc32(content) !== checksum) {
        throw wrong(`'${name}' with the archive's own checksum`, 'another', 'The archive is cut off or damaged; copy it again.')
      }
      files.set(name, content)
    }
    return files
  } catch (error) {
    if (error instanceof FormatError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw wrong('a whole zip archive', `one of ${bytes.length} bytes that cannot be read (${reason})`, 'It is cut off or damaged; copy it again.')
  }
}

const isBomb = (size: number, stored: number): boolean => size > freeBytes && size > maxExpansion * stored

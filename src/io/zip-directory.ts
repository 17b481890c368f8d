// The directory of a zip archive, which lies at its end: what files there are, where their bytes lie, and what they should unpack to. A RangeError
// says what is outside of the archive or is not a directory.

/** A file of an archive, still packed. */
export interface ZipEntry {
  readonly name: string
  /** 0: stored, 8: deflated. */
  readonly method: number
  readonly packed: Uint8Array
  /** Bytes when unpacked, as the archive says. */
  readonly size: number
  /** CRC-32 when unpacked, as the archive says. */
  readonly checksum: number
  readonly isEncrypted: boolean
}

const signatures = { file: 0x04034b50, entry: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 } as const
/** The most files that an archive may hold. */
const maxFiles = 10_000
/** The end record, and the longest comment behind it. */
const endLength = 22
const maxComment = 0xffff
/** Stands for a number that is in the 64-bit fields. */
const in64 = 0xffffffff

/** The files of an archive, in the directory's order. */
export function readDirectory(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { count, start } = directoryOf(view)
  if (count > maxFiles) throw new RangeError(`${count} files, more than ${maxFiles}`)
  const entries: ZipEntry[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    expect(view, at, signatures.entry, 'an entry of the directory')
    const [nameLength, extraLength, commentLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)]
    const name = new TextDecoder().decode(part(bytes, at + 46, nameLength))
    const [size, packedSize, header] = sizesOf(view, at, at + 46 + nameLength, extraLength)
    expect(view, header, signatures.file, `the file '${name}'`)
    const data = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      packed: part(bytes, data, packedSize),
      size,
      checksum: view.getUint32(at + 16, true),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
    })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

/** How many entries there are and where the first one is. */
function directoryOf(view: DataView): { readonly count: number; readonly start: number } {
  let end = view.byteLength - endLength
  const first = Math.max(0, end - maxComment)
  while (end >= first && view.getUint32(end, true) !== signatures.end) end--
  if (end < first) throw new RangeError('no directory at its end')
  const locator = end - 20
  if (locator < 0 || view.getUint32(locator, true) !== signatures.locator64) {
    return { count: view.getUint16(end + 10, true), start: view.getUint32(end + 16, true) }
  }
  const end64 = number64(view, locator + 8)
  expect(view, end64, signatures.end64, 'the 64-bit directory')
  return { count: number64(view, end64 + 32), start: number64(view, end64 + 48) }
}

/** Size, packed size and place of a file; those of 64 bits are in a field of their own, in this order. */
function sizesOf(view: DataView, entry: number, extra: number, extraLength: number): [size: number, packed: number, header: number] {
  let at = extra
  const end = extra + extraLength
  while (at + 4 <= end && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true)
  at += 4
  const read = (offset: number): number => {
    const short = view.getUint32(entry + offset, true)
    if (short !== in64 || at + 8 > end) return short
    at += 8
    return number64(view, at - 8)
  }
  return [read(24), read(20), read(42)]
}

const number64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function part(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw new RangeError(`bytes ${start} to ${start + length} are missing`)
  return bytes.subarray(start, start + length)
}

function expect(view: DataView, at: number, signature: number, what: string): void {
  if (at + 4 > view.byteLength || view.getUint32(at, true) !== signature) throw new RangeError(`${what} is not at byte ${at}`)
}

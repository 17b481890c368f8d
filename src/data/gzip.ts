// gzip with what every runtime has: DecompressionStream.

import { FormatError } from '../core/index.ts'

/** Whether bytes begin as gzip files do. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** The unpacked bytes; a FormatError where they are damaged or more than `limit` (default 1 GiB). `name` is the file's, for errors. */
export async function gunzip(bytes: Uint8Array<ArrayBuffer>, name: string, limit = 2 ** 30): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    // Read by hand: not every browser iterates over streams.
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
    for (let part = await reader.read(); !part.done && length <= limit; part = await reader.read()) {
      length += part.value.length
      parts.push(part.value)
    }
    await reader.cancel()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FormatError(`gzip '${name}': expected a whole gzip file, got one that does not unpack (${reason}). Copy it again.`, { cause: error })
  }
  if (length > limit) throw new FormatError(`gzip '${name}': expected at most ${limit} unpacked bytes, got more. Check the file, or raise the limit.`)
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

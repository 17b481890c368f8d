// TFRecord: the frames in which TensorFlow and TensorBoard keep messages one after the other.

import { FormatError } from '../../core/index.ts'
import { crc32c } from '../checksums.ts'

/** TFRecord stores checksums turned and shifted, so that checksums of data that has checksums in it stay useful. */
function masked(bytes: Uint8Array): number {
  const checksum = crc32c(bytes)
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0
}

/** A frame: length (u64, little-endian), its checksum, the message, its checksum. */
export function encodeRecord(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(16 + message.length)
  const view = new DataView(frame.buffer)
  view.setBigUint64(0, BigInt(message.length), true)
  view.setUint32(8, masked(frame.subarray(0, 8)), true)
  frame.set(message, 12)
  view.setUint32(12 + message.length, masked(message), true)
  return frame
}

/** The messages of a file. A FormatError where it is cut off or a checksum is not the message's. `name` is the file's. */
export function decodeRecords(bytes: Uint8Array, name = 'records'): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messages: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const wrong = (expected: string, received: string): FormatError =>
      new FormatError(`tfrecord '${name}': expected ${expected} at byte ${at}, got ${received}. The file is cut off or damaged.`)
    if (at + 12 > bytes.length) throw wrong('12 bytes of a frame', `${bytes.length - at}`)
    if (view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8))) throw wrong('a length with its checksum', 'another checksum')
    const length = Number(view.getBigUint64(at, true))
    if (at + 16 + length > bytes.length) throw wrong(`${length} bytes of a message`, `${bytes.length - at - 12}`)
    const message = bytes.subarray(at + 12, at + 12 + length)
    if (view.getUint32(at + 12 + length, true) !== masked(message)) throw wrong('a message with its checksum', 'another checksum')
    messages.push(message)
    at += 16 + length
  }
  return messages
}

// IDX, the format of MNIST's files: two zero bytes, the element type, the number of axes, each size as a big-endian u32, then the elements.

import { FormatError, fromStorage, type Tensor } from '../core/index.ts'

/** The tensor of an IDX file of unsigned bytes: u8, row-major. `name` is the file's, for errors. */
export function parseIdx(bytes: Uint8Array, name: string): Tensor {
  const wrong = (expected: string, received: string, cure: string): FormatError =>
    new FormatError(`idx '${name}': expected ${expected}, got ${received}. ${cure}`)
  if (bytes.length < 4) throw wrong('at least 4 bytes', `${bytes.length}`, 'The file is cut off; copy it again.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== 0) throw wrong('two zero bytes at the start', `0x${view.getUint16(0).toString(16)}`, 'This is not an IDX file.')
  const type = view.getUint8(2)
  if (type !== 0x08) throw wrong('elements of type 0x08 (unsigned bytes)', `0x${type.toString(16).padStart(2, '0')}`, 'Convert the file.')
  const rank = view.getUint8(3)
  const start = 4 + 4 * rank
  if (rank === 0 || bytes.length < start)
    throw wrong(`a header of ${start} bytes with at least one axis`, `${bytes.length} bytes`, 'The file is cut off.')
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const count = shape.reduce((a, b) => a * b, 1)
  if (bytes.length - start !== count) {
    throw wrong(`${count} bytes of elements for [${shape.join(', ')}]`, `${bytes.length - start}`, 'The file is cut off or damaged; copy it again.')
  }
  const copy = new ArrayBuffer(count)
  new Uint8Array(copy).set(bytes.subarray(start))
  return fromStorage({ dtype: 'u8', bytes: copy, length: count }, shape)
}

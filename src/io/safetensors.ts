// safetensors: a JSON header and the bytes of tensors, nothing that runs. Pure: bytes to tensors and back. Every number of a file is checked
// before it is used.

import { byteSize, type DType, FormatError, fromStorage, type Tensor } from '../core/index.ts'
import { parseJson } from './bounded-json.ts'

const names: Readonly<Record<DType, string>> = {
  f64: 'F64',
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  i64: 'I64',
  i32: 'I32',
  u32: 'U32',
  i8: 'I8',
  u8: 'U8',
  bool: 'BOOL',
}
const dtypes: ReadonlyMap<string, DType> = new Map(
  (['f64', 'f32', 'f16', 'bf16', 'i64', 'i32', 'u32', 'i8', 'u8', 'bool'] as const).map((dtype) => [names[dtype], dtype]),
)

/** The header's entry that is no tensor. */
const metadataName = '__metadata__'
/** The largest header that is read, as the format's own reader: 100 MB. */
const maxHeader = 100_000_000
/** Bytes of tensors begin at a multiple of this, so that they can be read in place. */
const alignment = 8

/** Tensors by name, and text about them. */
export interface Safetensors {
  readonly tensors: Map<string, Tensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** The bytes of a file: header length (u64, little-endian), JSON header, data without gaps in the order of the map. */
export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { [metadataName]: metadata }
  let offset = 0
  for (const [name, tensor] of tensors) {
    if (name === metadataName) throw new FormatError("safetensors: expected a tensor's name, got '__metadata__', which the format keeps. Rename it.")
    const end = offset + tensor.size * byteSize(tensor.dtype)
    header[name] = { dtype: names[tensor.dtype], shape: tensor.shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const headerLength = Math.ceil(json.length / alignment) * alignment
  const bytes = new Uint8Array(8 + headerLength + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.set(json, 8)
  bytes.fill(0x20, 8 + json.length, 8 + headerLength)
  let at = 8 + headerLength
  for (const tensor of tensors.values()) {
    const { dtype, bytes: source, length } = tensor.storageSync()
    const size = length * byteSize(dtype)
    bytes.set(new Uint8Array(source, 0, size), at)
    at += size
  }
  return bytes
}

/** The tensors of a file, copied. `name` is the file's, for errors. */
export function decodeSafetensors(bytes: Uint8Array, name = 'safetensors'): Safetensors {
  const wrong = (expected: string, received: string, cure: string): FormatError =>
    new FormatError(`safetensors '${name}': expected ${expected}, got ${received}. ${cure}`)
  if (bytes.length < 8) throw wrong('at least 8 bytes', `${bytes.length}`, 'The file is cut off; copy it again.')
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (headerLength > maxHeader) throw wrong(`a header of at most ${maxHeader} bytes`, `${headerLength}`, 'This is not a safetensors file.')
  if (8 + headerLength > bytes.length) {
    throw wrong(`${headerLength} bytes of header`, `a file of ${bytes.length} bytes`, 'The file is cut off, or not safetensors.')
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), wrong)
  const data = bytes.subarray(8 + headerLength)
  const tensors = new Map<string, Tensor>()
  const ranges: { readonly name: string; readonly begin: number; readonly end: number }[] = []
  for (const [tensorName, entry] of Object.entries(header)) {
    if (tensorName === metadataName) continue
    const { dtype, shape, begin, end } = parseEntry(tensorName, entry, data.length, wrong)
    ranges.push({ name: tensorName, begin, end })
    const copy = new ArrayBuffer(end - begin)
    new Uint8Array(copy).set(data.subarray(begin, end))
    tensors.set(tensorName, fromStorage({ dtype, bytes: copy, length: (end - begin) / byteSize(dtype) }, shape))
  }
  checkRanges(ranges, data.length, wrong)
  return { tensors, metadata: parseMetadata(header[metadataName], wrong) }
}

type Wrong = (expected: string, received: string, cure: string) => FormatError

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function parseHeader(bytes: Uint8Array, wrong: Wrong): Record<string, unknown> {
  let header: unknown
  try {
    header = parseJson(bytes)
  } catch (error) {
    throw wrong('a JSON header', error instanceof Error ? error.message : String(error), 'The file is damaged, or not safetensors.')
  }
  if (!isRecord(header)) throw wrong('a JSON object as header', Array.isArray(header) ? 'an array' : typeof header, 'The file is damaged.')
  return header
}

function parseMetadata(value: unknown, wrong: Wrong): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value)) throw wrong('__metadata__ as an object of text', typeof value, 'The file is damaged.')
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw wrong(`text for metadata '${key}'`, typeof text, 'The file is damaged.')
      return [key, text]
    }),
  )
}

function parseEntry(name: string, entry: unknown, available: number, wrong: Wrong) {
  if (!isRecord(entry)) throw wrong(`an object for tensor '${name}'`, typeof entry, 'The file is damaged.')
  const { dtype: dtypeName, shape, data_offsets: offsets } = entry
  const dtype = typeof dtypeName === 'string' ? dtypes.get(dtypeName) : undefined
  if (dtype === undefined) {
    throw wrong(`tensor '${name}' of one of ${[...dtypes.keys()].join(', ')}`, String(dtypeName), 'Convert the file to one of these.')
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw wrong(`a shape of whole numbers for tensor '${name}'`, JSON.stringify(shape) ?? 'none', 'The file is damaged.')
  }
  const [begin, end, ...more] = Array.isArray(offsets) ? offsets : []
  if (!isCount(begin) || !isCount(end) || more.length > 0 || begin > end || end > available) {
    throw wrong(
      `offsets within ${available} bytes of data for tensor '${name}'`,
      JSON.stringify(offsets) ?? 'none',
      'The file is cut off or damaged.',
    )
  }
  const size = shape.reduce((a, b) => a * b, 1) * byteSize(dtype)
  if (size !== end - begin) {
    throw wrong(`${size} bytes for tensor '${name}', ${dtype} [${shape.join(', ')}]`, `${end - begin}`, 'The file is damaged.')
  }
  return { dtype, shape: shape.map(Number), begin, end }
}

/** Tensors cover the data without gaps or overlaps, as the format asks. */
function checkRanges(ranges: { readonly name: string; readonly begin: number; readonly end: number }[], available: number, wrong: Wrong): void {
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of ranges) {
    if (begin !== at) {
      const problem = begin < at ? 'an overlap with the tensor before' : `a gap of ${begin - at} bytes`
      throw wrong(`tensor '${name}' to begin at byte ${at}`, `${begin}, ${problem}`, 'The file is damaged.')
    }
    at = end
  }
  if (at !== available) throw wrong(`${at} bytes of data`, `${available}`, 'The file is damaged.')
}

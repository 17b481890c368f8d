// Reads HDF5: a whole file as groups and tensors. Nothing that a file says is believed before it is checked: declared sizes, links that lead out of
// the file, groups that contain themselves.

import { byteSize, type DType, FormatError, fromStorage, type Tensor } from '../../core/index.ts'
import { type Hdf5Attribute, type Hdf5Group, emptyGroup } from './group.ts'
import { type OpenFile, withBoundedMemory, withFile } from './library.ts'

/** The most groups and datasets that a file may hold, and the deepest that they may lie. */
const maxObjects = 200_000
const maxDepth = 64
/** Beyond the first ones, what each takes in a file at least: with links, a small file can show the same ones again and again. */
const freeObjects = 1000
const objectBytes = 32
/** Datasets of more bytes than this may be at most so many times as large as their file, one as all together: more is a bomb of compressed zeros. */
const freeBytes = 2 ** 26
const maxExpansion = 200
const maxAttributeBytes = 2 ** 26

/** The groups and tensors of a file. `name` is the file's, for errors. Text datasets are left out. */
export function readHdf5(bytes: Uint8Array, name = 'hdf5'): Promise<Hdf5Group> {
  return withFile(name, bytes, (open) => new Reader(open, bytes.length, name).group('/', 0))
}

type Metadata = ReturnType<OpenFile['library']['get_dataset_metadata']>

class Reader {
  private readonly open: OpenFile
  private readonly fileBytes: number
  private readonly name: string
  private readonly maxObjects: number
  private objects = 0
  /** Bytes of datasets so far. */
  private total = 0

  constructor(open: OpenFile, fileBytes: number, name: string) {
    this.open = open
    this.fileBytes = fileBytes
    this.name = name
    this.maxObjects = Math.min(maxObjects, freeObjects + Math.floor(fileBytes / objectBytes))
  }

  group(path: string, depth: number): Hdf5Group {
    const { file, library } = this.open
    this.count(path, depth)
    const found = emptyGroup()
    for (const name of library.get_attribute_names(file.file_id, path)) {
      const value = this.attribute(path, name)
      if (value !== undefined) found.attributes.set(name, value)
    }
    const entity = path === '/' ? file : file.get(path)
    const keys = entity !== null && 'keys' in entity ? entity.keys() : []
    for (const key of keys) {
      const inner = path === '/' ? `/${key}` : `${path}/${key}`
      const type = library.get_type(file.file_id, inner)
      if (type === library.H5G_UDLINK || type === library.H5G_LINK) {
        throw this.wrong(`no link at '${inner}'`, 'one that leads to another file or to nothing', 'Weights must lie in the file itself.')
      }
      if (type === library.H5G_GROUP) found.members.set(key, this.group(inner, depth + 1))
      if (type !== library.H5G_DATASET) continue
      const tensor = this.dataset(inner, depth + 1)
      if (tensor !== undefined) found.members.set(key, tensor)
    }
    return found
  }

  private dataset(path: string, depth: number): Tensor | undefined {
    const { file, library } = this.open
    this.count(path, depth)
    const metadata = library.get_dataset_metadata(file.file_id, path)
    if (metadata.virtual_sources !== undefined) {
      throw this.wrong(`'${path}' to lie in the file`, 'one that is made from other files', 'Copy its values into the file.')
    }
    const { shape } = metadata
    if (shape === null || metadata.type === library.H5T_class_t.H5T_STRING.value) return undefined
    const dtype = this.dtypeOf(path, metadata)
    const length = shape.reduce((product, size) => product * size, 1)
    const size = length * byteSize(dtype)
    this.total += size
    if (size > library.MAXIMUM_MEMORY || (this.total > freeBytes && this.total > maxExpansion * this.fileBytes)) {
      const before = this.total > size ? ` after others of ${this.total - size}` : ''
      throw this.wrong(
        `data of '${path}' in ${this.fileBytes} bytes of file`,
        `a declared [${shape.join(', ')}] of ${size} bytes${before}`,
        'The file is damaged.',
      )
    }
    const copy = new ArrayBuffer(size)
    if (size > 0) {
      const pointer = library._malloc(size)
      if (pointer === 0) throw this.wrong(`room for ${size} bytes of '${path}'`, 'none left', 'Split the file.')
      try {
        // In little-endian order, whatever the file's is.
        library.get_dataset_data(file.file_id, path, null, null, null, BigInt(pointer))
        new Uint8Array(copy).set(library.HEAPU8.subarray(pointer, pointer + size))
      } finally {
        library._free(pointer)
      }
    }
    return fromStorage({ dtype, bytes: copy, length }, shape)
  }

  private dtypeOf(path: string, { type, size, signed, enum_type }: Metadata): DType {
    const { H5T_FLOAT, H5T_INTEGER, H5T_ENUM, H5T_OPAQUE } = this.open.library.H5T_class_t
    if (type === H5T_FLOAT.value) return this.ofSize(path, size, [undefined, 'f16', 'f32', 'f64'])
    if (type === H5T_INTEGER.value) return this.ofSize(path, size, signed ? ['i8', undefined, 'i32', 'i64'] : ['u8', undefined, 'u32', undefined])
    if (type === H5T_ENUM.value && size === 1 && Object.keys(enum_type?.members ?? {}).join() === 'FALSE,TRUE') return 'bool'
    // How Keras keeps bfloat16, which HDF5 does not know.
    if (type === H5T_OPAQUE.value && size === 2 && this.attribute(path, 'dtype') === 'bfloat16') return 'bf16'
    throw this.wrong(`numbers at '${path}'`, `elements of HDF5's class ${type} of ${size} bytes`, 'Convert them to floats or integers.')
  }

  private ofSize(path: string, size: number, dtypes: readonly (DType | undefined)[]): DType {
    const dtype = Number.isInteger(Math.log2(size)) ? dtypes[Math.log2(size)] : undefined
    if (dtype === undefined) throw this.wrong(`numbers of a known size at '${path}'`, `${size} bytes each`, 'Convert them to float32 or int32.')
    return dtype
  }

  private attribute(path: string, name: string): Hdf5Attribute | undefined {
    const { file, library } = this.open
    const { shape, size, total_size } = library.get_attribute_metadata(file.file_id, path, name)
    if (shape === null || size * total_size > maxAttributeBytes) return undefined
    const entity = path === '/' ? file : file.get(path)
    if (entity === null || !('attrs' in entity)) return undefined
    return attributeValue(withBoundedMemory(library, maxAttributeBytes + this.fileBytes, () => entity.attrs[name]?.value))
  }

  private count(path: string, depth: number): void {
    this.objects++
    if (depth > maxDepth || this.objects > this.maxObjects) {
      throw this.wrong(
        `at most ${this.maxObjects} groups and datasets, ${maxDepth} deep`,
        depth > maxDepth ? `'${path.slice(0, 60)}…'` : 'more',
        'The file is damaged.',
      )
    }
  }

  private wrong(expected: string, received: string, cure: string): FormatError {
    return new FormatError(`hdf5 '${this.name}': expected ${expected}, got ${received}. ${cure}`)
  }
}

function attributeValue(value: unknown): Hdf5Attribute | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Object.values(value).map(Number) : undefined
}

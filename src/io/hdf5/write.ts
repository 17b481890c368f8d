// Writes HDF5: groups and tensors as the bytes of a file.

import { byteSize, type DType, type Tensor } from '../../core/index.ts'
import { type Hdf5Attribute, type Hdf5Group, isGroup } from './group.ts'
import { type OpenFile, withFile } from './library.ts'

/** How HDF5 describes the elements of a dtype. */
interface ElementType {
  readonly type: 'H5T_FLOAT' | 'H5T_INTEGER'
  readonly signed: boolean
}

const elementTypes: Readonly<Record<DType, ElementType>> = {
  f64: { type: 'H5T_FLOAT', signed: true },
  f32: { type: 'H5T_FLOAT', signed: true },
  f16: { type: 'H5T_FLOAT', signed: true },
  bf16: { type: 'H5T_FLOAT', signed: true },
  i64: { type: 'H5T_INTEGER', signed: true },
  i32: { type: 'H5T_INTEGER', signed: true },
  u32: { type: 'H5T_INTEGER', signed: false },
  i8: { type: 'H5T_INTEGER', signed: true },
  u8: { type: 'H5T_INTEGER', signed: false },
  bool: { type: 'H5T_INTEGER', signed: false },
}

/**
 * The bytes of a file with the members of `root`. 16-bit floats, which the library does not write, become f32: whoever reads weights casts them to
 * the dtype of the parameter. `name` is the file's, for errors.
 */
export async function writeHdf5(root: Hdf5Group, name = 'hdf5'): Promise<Uint8Array> {
  const written = storable(root)
  for (const tensor of tensorsOf(written)) await tensor.storage()
  return withFile(name, undefined, (open) => {
    writeGroup(open, written, '/')
    open.file.flush()
    return open.library.FS.readFile(open.file.filename)
  })
}

const is16Bit = ({ dtype }: Tensor): boolean => dtype === 'f16' || dtype === 'bf16'

function storable({ attributes, members }: Hdf5Group): Hdf5Group {
  const entries = [...members].map(([key, member]): [string, Hdf5Group | Tensor] => {
    if (isGroup(member)) return [key, storable(member)]
    return [key, is16Bit(member) ? member.cast('f32') : member]
  })
  return { attributes, members: new Map(entries) }
}

function tensorsOf({ members }: Hdf5Group): Tensor[] {
  return [...members.values()].flatMap((member) => (isGroup(member) ? tensorsOf(member) : [member]))
}

function writeGroup(open: OpenFile, group: Hdf5Group, path: string): void {
  const { file, library } = open
  for (const [name, value] of group.attributes) writeAttribute(open, path, name, value)
  for (const [key, member] of group.members) {
    const inner = path === '/' ? `/${key}` : `${path}/${key}`
    if (isGroup(member)) {
      library.create_group(file.file_id, inner)
      writeGroup(open, member, inner)
    } else writeDataset(open, inner, member)
  }
}

const isText = (list: readonly (string | number)[]): list is readonly string[] => list.every((part) => typeof part === 'string')

function writeAttribute({ file }: OpenFile, path: string, name: string, value: Hdf5Attribute): void {
  const owner = path === '/' ? file : file.get(path)
  if (owner === null || !('create_attribute' in owner)) return
  if (typeof value !== 'object') owner.create_attribute(name, value)
  else if (isText(value) && value.length > 0) owner.create_attribute(name, [...value])
  else owner.create_attribute(name, Float64Array.from(value, Number), [value.length])
}

function writeDataset({ file, library }: OpenFile, path: string, tensor: Tensor): void {
  const { dtype, bytes, length } = tensor.storageSync()
  const { type, signed } = elementTypes[dtype]
  const size = byteSize(dtype)
  const shape = tensor.shape.map(BigInt)
  const pointer = library._malloc(Math.max(length * size, 1))
  try {
    library.HEAPU8.set(new Uint8Array(bytes, 0, length * size), pointer)
    const element = { type: library.H5T_class_t[type].value, size, signed, littleEndian: true, vlen: false }
    const metadata = { ...element, shape, maxshape: shape, chunks: null, total_size: length }
    library.create_dataset(file.file_id, path, BigInt(pointer), metadata)
  } finally {
    library._free(pointer)
  }
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { fromStorage, storageOf, type Tensor, tensor, zeros } from '../../../src/index.ts'
import { groupAt, type Hdf5Group, isGroup, makeGroup, emptyGroup } from '../../../src/io/hdf5/group.ts'
import { readHdf5 } from '../../../src/io/hdf5/read.ts'
import { writeHdf5 } from '../../../src/io/hdf5/write.ts'

const dtypes = ['f32', 'f64', 'i32', 'i64', 'u32', 'i8', 'u8'] as const

function sample(): Hdf5Group {
  const root = emptyGroup()
  const vars = makeGroup(root, 'layers/dense/vars')
  vars.attributes.set('name', 'dense')
  for (const dtype of dtypes) vars.members.set(dtype, fromStorage(storageOf([1, 0, 3], dtype), [3, 1]))
  vars.members.set('scalar', tensor(2, []))
  vars.members.set('empty', zeros([0, 2]))
  root.attributes.set('layer_names', ['dense', 'größer'])
  root.attributes.set('none', [])
  root.attributes.set('numbers', [1, 2.5])
  return root
}

const at = (group: Hdf5Group | undefined, name: string): Tensor => {
  const member = group?.members.get(name)
  assert.ok(member !== undefined && !isGroup(member), `no dataset ${name}`)
  return member
}

test('hdf5: groups, attributes and tensors of every dtype come back', async () => {
  const read = await readHdf5(await writeHdf5(sample()))
  const vars = groupAt(read, 'layers/dense/vars')
  assert.equal(vars?.attributes.get('name'), 'dense')
  for (const dtype of dtypes) {
    assert.equal(at(vars, dtype).dtype, dtype)
    assert.deepEqual(at(vars, dtype).shape, [3, 1])
    assert.deepEqual([...at(vars, dtype).dataSync()].map(Number), [1, 0, 3])
  }
  assert.deepEqual(at(vars, 'scalar').shape, [])
  assert.deepEqual(at(vars, 'empty').shape, [0, 2])
  assert.deepEqual(read.attributes.get('layer_names'), ['dense', 'größer'])
  assert.deepEqual(read.attributes.get('none'), [])
  assert.deepEqual(read.attributes.get('numbers'), [1, 2.5])
  assert.equal(groupAt(read, 'layers/none'), undefined)
})

test('hdf5: 16-bit floats are written as f32', async () => {
  const root = emptyGroup()
  root.members.set('x', tensor([1, 2]).cast('bf16'))
  const x = at(await readHdf5(await writeHdf5(root)), 'x')
  assert.equal(x.dtype, 'f32')
  assert.deepEqual([...x.dataSync()], [1, 2])
})

test('hdf5: a file that is cut off says so, with its name', async () => {
  const bytes = await writeHdf5(sample())
  for (const length of [0, 7, 100, bytes.length - 1]) {
    await assert.rejects(readHdf5(bytes.subarray(0, length), 'm.h5'), {
      name: 'FormatError',
      message: /^hdf5 'm\.h5': expected a whole HDF5 file, got one that cannot be read \(.+\)\. The file is cut off or damaged; copy it again\.$/,
    })
  }
})

const kerasFile = (name: string): Promise<Buffer> => readFile(new URL(`../../golden/parity/keras-files/${name}`, import.meta.url))

test('hdf5: kinds of numbers that other programs write are read', async () => {
  const read = await readHdf5(await kerasFile('kinds.h5'))
  const facts = [...read.members.keys()].map((name) => [name, at(read, name).dtype])
  assert.deepEqual(Object.fromEntries(facts), { bf16: 'bf16', big_endian: 'f32', bool: 'bool', f16: 'f16', gzip: 'f32' })
  assert.deepEqual([...at(read, 'bf16').cast('f32').dataSync()], [1, 2, 3])
  assert.deepEqual([...at(read, 'f16').cast('f32').dataSync()], [1, 2.5])
  assert.deepEqual([...at(read, 'big_endian').dataSync()], [1, 2.5])
  assert.deepEqual([...at(read, 'bool').dataSync()].map(Number), [1, 0])
  assert.equal(at(read, 'gzip').dataSync()[9], 9)
  assert.deepEqual(read.attributes.get('names'), ['a', 'bcd'])
  assert.equal(read.attributes.get('count'), 3)
})

test('hdf5: links out of the file, circles, virtual and impossibly large data are refused', async () => {
  const refusals = [
    ['link.h5', "no link at '/out', got one that leads to another file or to nothing"],
    ['cycle.h5', "at most 1035 groups and datasets, 64 deep, got '/again/again"],
    ['virtual.h5', "'/x' to lie in the file, got one that is made from other files"],
    ['many-bombs.h5', "data of '/zeros4' in .* bytes of file, got a declared \\[4194304\\] of 16777216 bytes after others of 67108864"],
    ['mirrors.h5', 'at most \\d+ groups and datasets, 64 deep, got more'],
    ['bomb.h5', "data of '/zeros' in .* bytes of file, got a declared \\[1099511627776\\] of 4398046511104 bytes"],
  ] as const
  for (const [name, message] of refusals) {
    await assert.rejects(readHdf5(await kerasFile(name), name), { name: 'FormatError', message: new RegExp(`^hdf5 '${name}': expected ${message}`) })
  }
})

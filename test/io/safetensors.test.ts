import assert from 'node:assert/strict'
import test from 'node:test'
import { type DType, fromStorage, storageOf, type Tensor, tensor, zeros } from '../../src/index.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/io/index.ts'

/** A file with any header and data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header)
  const text = new TextEncoder().encode(json)
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
const fails = (bytes: Uint8Array, message: string) =>
  assert.throws(() => decodeSafetensors(bytes, 'w'), { name: 'FormatError', message: `safetensors 'w': ${message}` })
const eight = new Uint8Array(8)

test('safetensors: tensors of every dtype come back with their shapes', () => {
  const dtypes: readonly DType[] = ['f32', 'f16', 'bf16', 'f64', 'i32', 'i64', 'u32', 'i8', 'u8', 'bool']
  const tensors = new Map(dtypes.map((dtype) => [dtype, fromStorage(storageOf([1, 0, 1], dtype), [3, 1])]))
  const bytes = encodeSafetensors(new Map<string, Tensor>([...tensors, ['empty', zeros([0, 2])], ['scalar', tensor(2, [])]]), { made: 'here' })
  const read = decodeSafetensors(bytes)
  assert.deepEqual([...read.tensors.keys()], [...dtypes, 'empty', 'scalar'])
  for (const dtype of dtypes) {
    assert.equal(read.tensors.get(dtype)?.dtype, dtype)
    assert.deepEqual(read.tensors.get(dtype)?.toArray(), tensors.get(dtype)?.toArray())
  }
  assert.deepEqual(read.tensors.get('empty')?.shape, [0, 2])
  assert.equal(read.tensors.get('scalar')?.itemSync(), 2)
  assert.deepEqual(read.metadata, { made: 'here' })
})

test('safetensors: the header is padded so that data is aligned', () => {
  const bytes = encodeSafetensors(new Map([['x', tensor([1, 2])]]))
  assert.equal(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0)
})

test('safetensors: files that are cut off or too large are refused', () => {
  fails(new Uint8Array(5), 'expected at least 8 bytes, got 5. The file is cut off; copy it again.')
  fails(new Uint8Array(8).fill(255), 'expected a header of at most 100000000 bytes, got 18446744073709552000. This is not a safetensors file.')
  fails(file({}).subarray(0, 9), 'expected 2 bytes of header, got a file of 9 bytes. The file is cut off, or not safetensors.')
  const whole = encodeSafetensors(new Map([['x', tensor([1, 2])]]))
  assert.throws(() => decodeSafetensors(whole.subarray(0, whole.length - 1)), /expected offsets within 7 bytes of data for tensor 'x', got \[0,8\]/)
})

test('safetensors: damaged headers are refused', () => {
  assert.throws(() => decodeSafetensors(file('{"x": ')), /expected a JSON header, got .*The file is damaged, or not safetensors\./)
  fails(file('[1]'), 'expected a JSON object as header, got an array. The file is damaged.')
  fails(file({ x: 3 }), "expected an object for tensor 'x', got number. The file is damaged.")
  fails(file({ __metadata__: { a: 1 } }), "expected text for metadata 'a', got number. The file is damaged.")
  assert.throws(
    () => decodeSafetensors(file({ x: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } })),
    /expected tensor 'x' of one of F64, .*, got F8\./,
  )
  fails(
    file({ x: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, eight),
    "expected a shape of whole numbers for tensor 'x', got [-1]. The file is damaged.",
  )
})

test('safetensors: offsets outside the data, wrong sizes, overlaps and gaps are refused', () => {
  const entry = (begin: number, end: number, count = 1) => ({ dtype: 'F32', shape: [count], data_offsets: [begin, end] })
  fails(file({ x: entry(0, 12, 3) }, eight), "expected offsets within 8 bytes of data for tensor 'x', got [0,12]. The file is cut off or damaged.")
  fails(file({ x: entry(4, 0) }, eight), "expected offsets within 8 bytes of data for tensor 'x', got [4,0]. The file is cut off or damaged.")
  fails(file({ x: entry(0, 4, 2) }, eight), "expected 8 bytes for tensor 'x', f32 [2], got 4. The file is damaged.")
  fails(
    file({ x: entry(0, 4), y: entry(0, 4) }, eight),
    "expected tensor 'y' to begin at byte 4, got 0, an overlap with the tensor before. The file is damaged.",
  )
  fails(file({ x: entry(4, 8) }, eight), "expected tensor 'x' to begin at byte 0, got 4, a gap of 4 bytes. The file is damaged.")
  fails(file({ x: entry(0, 4) }, eight), 'expected 4 bytes of data, got 8. The file is damaged.')
})

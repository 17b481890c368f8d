// Tensors from nothing and from numbers of JavaScript.

import type { Dims } from '../dimension.ts'
import { byteSize, type DType, type TypedArray, viewOf } from '../dtype.ts'
import { ConfigError, DTypeError, ShapeError } from '../errors.ts'
import { dataNode, makeNode, type Storage } from '../graph.ts'
import { numberToBfloat16, numberToHalf } from '../half.ts'
import type { Shape, Sizes } from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { castNode, fillNode } from './broadcast.ts'
import { binary, compare } from './elementwise.ts'
import { iota } from './indexing.ts'

/** Numbers in nested arrays, all rows of one length. */
export type NestedArray = number | boolean | readonly NestedArray[]
/** Typed arrays that tensors are made from. */
export type NumericArray =
  | TypedArray
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint32Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray

export interface DTypeOption {
  readonly dtype?: DType
}

function dtypeOf(values: NumericArray): DType {
  if (values instanceof Float32Array) return 'f32'
  if (values instanceof Float64Array) return 'f64'
  if (values instanceof Int32Array) return 'i32'
  if (values instanceof BigInt64Array) return 'i64'
  if (values instanceof Uint32Array) return 'u32'
  if (values instanceof Int8Array) return 'i8'
  if (values instanceof Uint16Array) {
    throw new DTypeError("tensor: expected a dtype for a Uint16Array, got none. Pass { dtype: 'f16' } or 'bf16' (bit patterns), or 'i32' (numbers).")
  }
  return 'u8'
}

/** A buffer of `dtype` with these numbers. */
export function storageOf(values: ArrayLike<number | bigint | boolean>, dtype: DType): Storage {
  const { length } = values
  const bytes = new ArrayBuffer(length * byteSize(dtype))
  const view = viewOf(dtype, bytes)
  if (view instanceof BigInt64Array) for (let i = 0; i < length; i++) view[i] = BigInt(Math.trunc(Number(values[i])))
  else if (dtype === 'bool') for (let i = 0; i < length; i++) view[i] = Number(values[i]) !== 0 ? 1 : 0
  else if (dtype === 'f16') for (let i = 0; i < length; i++) view[i] = numberToHalf(Number(values[i]))
  else if (dtype === 'bf16') for (let i = 0; i < length; i++) view[i] = numberToBfloat16(Number(values[i]))
  else for (let i = 0; i < length; i++) view[i] = Number(values[i])
  return { dtype, bytes, length }
}

/** A tensor over a buffer that exists, without a copy. */
export function fromStorage<const S extends Shape>(storage: Storage, shape: S): Tensor<S> {
  const count = shape.reduce((a, b) => a * b, 1)
  if (count !== storage.length)
    throw new ShapeError(`tensor: expected ${count} elements for [${shape.join(', ')}], got ${storage.length}. Check the shape.`)
  return new Tensor<S>(dataNode(storage, shape))
}

const isNested = (values: NestedArray): values is readonly NestedArray[] => Array.isArray(values)

function flatten(values: NestedArray): { readonly shape: number[]; readonly flat: (number | boolean)[] } {
  const shape: number[] = []
  for (let part: NestedArray | undefined = values; part !== undefined && isNested(part); part = part[0]) shape.push(part.length)
  const flat: (number | boolean)[] = []
  const visit = (part: NestedArray, depth: number): void => {
    if (!isNested(part)) {
      if (depth !== shape.length)
        throw new ShapeError(`tensor: expected nested arrays of equal depth, got a number at depth ${depth} of ${shape.length}. Complete it.`)
      if (typeof part !== 'number' && typeof part !== 'boolean')
        throw new DTypeError(`tensor: expected numbers, got ${typeof part}. Convert the values first.`)
      flat.push(part)
      return
    }
    if (part.length !== shape[depth]) {
      throw new ShapeError(`tensor: expected rows of equal length, got ${shape[depth] ?? 0} and ${part.length} at depth ${depth}. Pad or cut them.`)
    }
    for (const item of part) visit(item, depth + 1)
  }
  visit(values, 0)
  return { shape, flat }
}

/** A tensor with these numbers, copied. Nested arrays give the shape; typed arrays take one. Numbers are f32, booleans bool. */
export function tensor<const S extends Shape>(values: NestedArray | NumericArray, shape: S, options?: DTypeOption): Tensor<S>
export function tensor(values: NestedArray | NumericArray, shape?: undefined, options?: DTypeOption): Tensor
export function tensor(values: NestedArray | NumericArray, shape?: Shape, options: DTypeOption = {}): Tensor {
  if (ArrayBuffer.isView(values)) {
    const dtype = options.dtype ?? dtypeOf(values)
    const patterns = values instanceof Uint16Array && (dtype === 'f16' || dtype === 'bf16')
    const same = patterns || (!(values instanceof Uint16Array) && dtypeOf(values) === dtype)
    const dims = shape ?? [values.length]
    if (!same) return fromStorage(storageOf(values, dtype), dims)
    const bytes = new ArrayBuffer(values.byteLength)
    new Uint8Array(bytes).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    return fromStorage({ dtype, bytes, length: values.length }, dims)
  }
  const nested = flatten(values)
  const dtype = options.dtype ?? (nested.flat.length > 0 && nested.flat.every((v) => typeof v === 'boolean') ? 'bool' : 'f32')
  return fromStorage(storageOf(nested.flat, dtype), shape ?? nested.shape)
}

export function full<const D extends Dims>(shape: D, value: number, { dtype = 'f32' }: DTypeOption = {}): Tensor<Sizes<D>> {
  if (shape.some((d) => typeof d === 'number' && (!Number.isInteger(d) || d < 0))) {
    throw new ShapeError(`full: expected sizes that are whole and at least 0, got [${shape.map(String).join(', ')}]. Check the shape.`)
  }
  return new Tensor<Sizes<D>>(fillNode(value, shape, dtype))
}

export function zeros<const D extends Dims>(shape: D, options: DTypeOption = {}): Tensor<Sizes<D>> {
  return full(shape, 0, options)
}

export function ones<const D extends Dims>(shape: D, options: DTypeOption = {}): Tensor<Sizes<D>> {
  return full(shape, 1, options)
}

/** start, start + step, … below stop; `arange(n)` counts from 0. Whole numbers are i32, others f32. */
export function arange(start: number, stop?: number, step = 1, options: DTypeOption = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  if (step === 0) throw new ConfigError('arange: expected a step that is not 0, got 0. Choose the direction.')
  const count = Math.max(0, Math.ceil((to - from) / step))
  const whole = Number.isInteger(from) && Number.isInteger(step)
  const dtype = options.dtype ?? (whole ? 'i32' : 'f32')
  const positions = iota([count], 0, dtype === 'i32' || dtype === 'i64' ? dtype : 'f32')
  const scaled = step === 1 ? positions : binary('multiply', positions, step)
  return new Tensor(castNode((from === 0 ? scaled : binary('add', scaled, from)).node, dtype))
}

/** `count` numbers from start to stop, both included. */
export function linspace(start: number, stop: number, count: number, { dtype = 'f32' }: DTypeOption = {}): Tensor {
  const step = count > 1 ? (stop - start) / (count - 1) : 0
  return fromStorage(
    storageOf(
      Array.from({ length: count }, (_, i) => (i === count - 1 && count > 1 ? stop : start + i * step)),
      dtype,
    ),
    [count],
  )
}

/** The identity matrix. */
export function eye(rows: number, columns = rows, { dtype = 'f32' }: DTypeOption = {}): Tensor {
  return new Tensor(castNode(compare('equal', iota([rows, columns], 0), iota([rows, columns], 1)).node, dtype))
}

/** Uniform 32-bit patterns: element i is Threefry-2x32-20(key, i). */
export function randomBits(key: Tensor, shape: Dims): Tensor {
  return new Tensor(makeNode({ name: 'randomBits', shape }, [key.node]))
}

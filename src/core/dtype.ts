// Element types: their sizes, their typed arrays and the one table that says what two of them become together.

import { DTypeError } from './errors.ts'

/** Element types of tensors. */
export type DType = 'f32' | 'f16' | 'bf16' | 'f64' | 'i32' | 'i64' | 'u32' | 'i8' | 'u8' | 'bool'

/** JavaScript's view on the elements of a buffer. `f16` and `bf16` show their bit patterns. */
export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

const byteSizes: Readonly<Record<DType, number>> = { f64: 8, f32: 4, f16: 2, bf16: 2, i64: 8, i32: 4, u32: 4, i8: 1, u8: 1, bool: 1 }

/** Bytes of one element. */
export function byteSize(dtype: DType): number {
  return byteSizes[dtype]
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f16' || dtype === 'bf16' || dtype === 'f64'
}

/** A typed array over `buffer` that reads elements of `dtype`. */
export function viewOf(dtype: DType, buffer: ArrayBuffer, byteOffset = 0, length?: number): TypedArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, length)
    case 'f64':
      return new Float64Array(buffer, byteOffset, length)
    case 'f16':
    case 'bf16':
      return new Uint16Array(buffer, byteOffset, length)
    case 'i32':
      return new Int32Array(buffer, byteOffset, length)
    case 'i64':
      return new BigInt64Array(buffer, byteOffset, length)
    case 'u32':
      return new Uint32Array(buffer, byteOffset, length)
    case 'i8':
      return new Int8Array(buffer, byteOffset, length)
    case 'u8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, length)
  }
}

const ladder: readonly DType[] = ['bool', 'u8', 'i8', 'u32', 'i32', 'i64', 'bf16', 'f16', 'f32', 'f64']

/**
 * The dtype of the result of combining two dtypes.
 *
 * | together | result |
 * |---|---|
 * | equal | itself |
 * | bool with x | x |
 * | integer with float | the float |
 * | two floats | the wider; f16 with bf16 is f32 |
 * | u8 with i8 | i32 |
 * | u32 with i8 or i32 | i64 |
 * | other integers | the wider |
 *
 * A JavaScript number takes the dtype of the tensor it meets (f32 if it is not whole and the tensor is an integer).
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a
  const pair = [a, b].sort((x, y) => ladder.indexOf(x) - ladder.indexOf(y))
  const [low, high] = pair
  if (low === undefined || high === undefined) throw new DTypeError(`promote: unknown dtypes ${a}, ${b}.`)
  if (low === 'bf16' && high === 'f16') return 'f32'
  if (low === 'u8' && high === 'i8') return 'i32'
  if (low === 'u32' && high === 'i32') return 'i64'
  if (low === 'i8' && high === 'u32') return 'i64'
  return high
}

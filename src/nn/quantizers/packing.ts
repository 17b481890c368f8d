// Integers of four bits, two in a byte.

import { cast, type DType, DTypeError, pad, reshape, slice, stack, staticDim, subtract, type Tensor } from '../../core/index.ts'
import { bitwiseAnd, bitwiseOr, bitwiseXor, leftShift, moveaxis, rightShift } from '../../ops/index.ts'
import { numberWithin } from '../options/option-checks.ts'

export interface PackOptions {
  /** Along which axis neighbours share a byte. Default 0. */
  readonly axis?: number
  /** 'i8' for integers from -8 to 7, 'u8' for those from 0 to 15. Default 'i8'. */
  readonly dtype?: 'i8' | 'u8'
}

/**
 * Neighbours along an axis as the low and the high half of a byte; an odd one gets 0 beside it. The bytes, their shape, and how many integers there
 * were along the axis.
 *
 * @throws DTypeError where the tensor is not of `dtype`
 */
export function packInt4(x: Tensor, { axis = 0, dtype = 'i8' }: PackOptions = {}): [packed: Tensor, shape: readonly number[], length: number] {
  checkByte('packInt4', 'dtype', dtype)
  if (x.dtype !== dtype) throw new DTypeError(`packInt4: expected ${dtype}, got ${x.dtype}. Cast it, or change dtype.`)
  const front = cast(moveaxis(x, axis, 0), 'i32')
  const [length = 0, ...rest] = front.shape
  const pairs = Math.ceil(length / 2)
  const even = pad(front, [[0, 2 * pairs - length], ...rest.map(() => [0, 0] as const)])
  const apart = reshape(even, [pairs, 2, ...rest])
  const half = (at: number): Tensor => bitwiseAnd(reshape(slice(apart, [0, at, ...rest.map(() => 0)], [pairs, 1, ...rest]), [pairs, ...rest]), 15)
  const bytes: Tensor = bitwiseOr(half(0), leftShift(half(1), 4))
  const packed = moveaxis(cast(dtype === 'i8' ? signed(bytes, 128) : bytes, dtype), 0, axis)
  return [packed, packed.shape, length]
}

/** The integers that {@link packInt4} has packed; `length` is how many there were along the axis. */
export function unpackInt4(packed: Tensor, length: number, { axis = 0, dtype = 'i8' }: PackOptions = {}): Tensor {
  checkByte('unpackInt4', 'dtype', dtype)
  checkByte('unpackInt4', 'packed', packed.dtype)
  const front = bitwiseAnd(cast(moveaxis(packed, axis, 0), 'i32'), 255)
  const [first = 0, ...rest] = front.dims
  const pairs = staticDim(first, 'unpackInt4')
  numberWithin('unpackInt4', 'length', length, { min: 1, max: 2 * pairs, whole: true })
  const halves = [bitwiseAnd(front, 15), rightShift(front, 4)].map((half): Tensor => (dtype === 'i8' ? signed(half, 8) : half))
  const whole = reshape(stack(halves, 1), [2 * pairs, ...rest])
  return moveaxis(cast(slice(whole, [0, ...rest.map(() => 0)], [length, ...rest]), dtype), 0, axis)
}

/** Digits whose highest bit is the sign. */
const signed = (x: Tensor, highest: number): Tensor => subtract(bitwiseXor(x, highest), highest)

function checkByte(place: string, what: string, dtype: DType): void {
  if (dtype !== 'i8' && dtype !== 'u8') throw new DTypeError(`${place}: expected ${what} of i8 or u8, got ${String(dtype)}. Cast it.`)
}

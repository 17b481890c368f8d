// Functions of the bits of integers, and of bools as single bits.

import { binary, type BinaryOperation, DTypeError, isFloat, logicalNot, notEqual, cast, type Operand, type Shape, Tensor } from '../../core/index.ts'

type BitFunction = 'and' | 'or' | 'xor' | 'shiftLeft' | 'shiftRight'

function bitwise<R extends Shape>(name: string, fn: BitFunction, a: Operand, b: Operand): Tensor<R> {
  for (const x of [a, b]) {
    if (typeof x !== 'number' && isFloat(x.dtype)) throw new DTypeError(`${name}: expected integers or bools, got ${x.dtype}. Cast to i32.`)
    if (typeof x === 'number' && !Number.isInteger(x)) throw new DTypeError(`${name}: expected integers, got ${x}. Round it.`)
  }
  return binary<R>(fn, a, b)
}

export const bitwiseAnd: BinaryOperation<'bitwiseAnd'> = (x, y) => bitwise('bitwiseAnd', 'and', x, y)
export const bitwiseOr: BinaryOperation<'bitwiseOr'> = (x, y) => bitwise('bitwiseOr', 'or', x, y)
export const bitwiseXor: BinaryOperation<'bitwiseXor'> = (x, y) => bitwise('bitwiseXor', 'xor', x, y)
/** x · 2ʸ in the bits of its dtype. */
export const bitwiseLeftShift: BinaryOperation<'bitwiseLeftShift'> = (x, y) => bitwise('bitwiseLeftShift', 'shiftLeft', x, y)
/** ⌊x / 2ʸ⌋. */
export const bitwiseRightShift: BinaryOperation<'bitwiseRightShift'> = (x, y) => bitwise('bitwiseRightShift', 'shiftRight', x, y)

/** Every bit turned: −1 − x of signed integers, the other one of bools. */
export function bitwiseNot<S extends Shape>(x: Tensor<S>): Tensor<S> {
  if (x.dtype === 'bool') return logicalNot(x)
  const ones = x.dtype === 'u8' ? 255 : x.dtype === 'u32' ? 2 ** 32 - 1 : -1
  return bitwise<S>('bitwiseNot', 'xor', x, ones)
}

/** Whether one of the two holds, and not both. */
export const logicalXor: BinaryOperation<'logicalXor'> = (a, b) => exclusive(a, b)

function exclusive<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const truth = (x: Operand): Operand => (typeof x === 'number' ? (x === 0 ? 0 : 1) : cast(x, 'bool'))
  return new Tensor<R>(notEqual<Operand, Operand>(truth(a), truth(b)).node)
}

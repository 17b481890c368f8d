// Arithmetic on sizes that may be known now or bound at run time: what block counts and scratch sizes of matrix products are made of.

import { type CInt, cText, cValue } from '../rendered-kernel.ts'

function combine(left: CInt, right: CInt, operator: string, compute: (left: number, right: number) => number): CInt {
  if (typeof left === 'number' && typeof right === 'number') return compute(left, right)
  return {
    c: `((int64_t)${cText(left)} ${operator} (int64_t)${cText(right)})`,
    evaluate: (dims) => compute(cValue(left, dims), cValue(right, dims)),
  }
}

export function multiply(left: CInt, right: CInt): CInt {
  if (left === 1) return right
  if (right === 1) return left
  return combine(left, right, '*', (x, y) => x * y)
}

export function add(left: CInt, right: CInt): CInt {
  if (left === 0) return right
  if (right === 0) return left
  return combine(left, right, '+', (x, y) => x + y)
}

/** `⌈size / divisor⌉`. */
export function ceilDivide(size: CInt, divisor: number): CInt {
  if (divisor === 1) return size
  return combine(add(size, divisor - 1), divisor, '/', (x, y) => Math.floor(x / y))
}

/** The next multiple of `unit`. */
export function roundUp(size: CInt, unit: number): CInt {
  return multiply(ceilDivide(size, unit), unit)
}

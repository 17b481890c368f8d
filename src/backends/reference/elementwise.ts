// Elementwise primitives: one result element from the elements at the same place.

import { byteSize, isFloat } from '../../core/dtype.ts'
import { DTypeError } from '../../core/errors.ts'
import type { Rules } from './rule.ts'
import { bigintBinary, bigintUnary, comparison, floatBinary, floatUnary, integerBinary, integerUnary } from './scalar-functions.ts'
import { allocate, at, bigintFromNumber, bigintsOf, integerRange, numbersOf, type ResolvedType, roundingOf, type Values } from './values.ts'

function mapOne(x: Values, fn: (a: number) => number): Values {
  const { dtype, shape } = x
  const source = numbersOf(x)
  const round = roundingOf(dtype)
  const data = new Float64Array(source.length)
  for (let i = 0; i < data.length; i++) data[i] = round(fn(source[i] ?? 0))
  return { dtype, shape, data }
}

function mapTwo(type: ResolvedType, x: Values, y: Values, fn: (a: number, b: number) => number): Values {
  const [a, b] = [numbersOf(x), numbersOf(y)]
  const round = roundingOf(type.dtype)
  const data = new Float64Array(a.length)
  for (let i = 0; i < data.length; i++) data[i] = round(fn(a[i] ?? 0, b[i] ?? 0))
  return { ...type, data }
}

const refused = (fn: string, dtype: string) => new DTypeError(`${fn}: expected a dtype that has this function, got ${dtype}. Cast it first.`)

/** `unary`, `binary`, `compare`, `where`, `cast`, `stopGradient`. */
export const elementwise: Rules<'unary' | 'binary' | 'compare' | 'where' | 'cast' | 'stopGradient'> = {
  unary: ({ fn }, inputs) => {
    const x = at(inputs, 0)
    if (isFloat(x.dtype)) {
      if (fn === 'not') throw refused(fn, x.dtype)
      return [mapOne(x, floatUnary[fn])]
    }
    if (x.dtype === 'bool' && fn === 'not') return [mapOne(x, (a) => 1 - a)]
    if (!isIn(fn, integerUnary)) throw refused(fn, x.dtype)
    if (x.data instanceof BigInt64Array) return [{ ...x, data: x.data.map(bigintUnary[fn]) }]
    return [mapOne(x, integerUnary[fn])]
  },

  binary: ({ fn }, inputs, { types }) => {
    const [x, y, type] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    if (isFloat(x.dtype)) {
      if (!isIn(fn, floatBinary)) throw refused(fn, x.dtype)
      return [mapTwo(type, x, y, floatBinary[fn])]
    }
    if (x.data instanceof BigInt64Array) {
      const other = bigintsOf(y)
      return [{ ...type, data: x.data.map((a, i) => bigintBinary[fn](a, other[i] ?? 0n)) }]
    }
    return [mapTwo(type, x, y, integerBinary(8 * byteSize(x.dtype))[fn])]
  },

  compare: ({ fn }, inputs, { types }) => {
    const [x, y, type] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    const holds = comparison[fn]
    if (x.data instanceof BigInt64Array) {
      const other = bigintsOf(y)
      return [{ ...type, data: Float64Array.from(x.data, (a, i) => Number(holds(a, other[i] ?? 0n))) }]
    }
    return [mapTwo(type, x, y, (a, b) => Number(holds(a, b)))]
  },

  where: (_op, inputs) => {
    const [condition, x, y] = [numbersOf(at(inputs, 0)), at(inputs, 1), at(inputs, 2)]
    const { dtype, shape } = x
    if (x.data instanceof BigInt64Array) {
      const other = bigintsOf(y)
      return [{ dtype, shape, data: x.data.map((a, i) => (condition[i] !== 0 ? a : (other[i] ?? 0n))) }]
    }
    const other = numbersOf(y)
    return [{ dtype, shape, data: x.data.map((a, i) => (condition[i] !== 0 ? a : (other[i] ?? 0))) }]
  },

  cast: (op, inputs) => [castTo(at(inputs, 0), op.dtype)],
  stopGradient: (_op, inputs) => [at(inputs, 0)],
}

/** Whether a table has a row for `fn`. */
function isIn<K extends string>(fn: string, table: { readonly [N in K]: unknown }): fn is K {
  return fn in table
}

/**
 * Float to integer truncates and saturates, NaN is 0; integer to integer wraps; to float rounds to nearest even; to bool is "not zero", which
 * NaN is.
 */
export function castTo(x: Values, dtype: Values['dtype']): Values {
  const { shape } = x
  if (x.dtype === dtype) return x
  const data = allocate(dtype, x.data.length)
  const range = integerRange[dtype]
  if (data instanceof BigInt64Array) {
    const source = numbersOf(x)
    for (let i = 0; i < data.length; i++) data[i] = bigintFromNumber(source[i] ?? 0)
  } else if (x.data instanceof BigInt64Array && range !== undefined && dtype !== 'bool') {
    const bits = 8 * byteSize(dtype)
    for (let i = 0; i < data.length; i++) {
      const value = x.data[i] ?? 0n
      data[i] = Number(range[0] < 0 ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
    }
  } else {
    const source = numbersOf(x)
    const round = roundingOf(dtype)
    const saturates = isFloat(x.dtype) && range !== undefined && dtype !== 'bool'
    const [low, high] = range ?? [-Infinity, Infinity]
    for (let i = 0; i < data.length; i++) {
      const value = source[i] ?? 0
      if (!saturates) data[i] = round(value)
      else data[i] = Number.isNaN(value) ? 0 : Math.max(low, Math.min(high, Math.trunc(value))) + 0
    }
  }
  return { dtype, shape, data }
}

// Sources: constants and positions. Parameters and data are bound before the interpreter asks for a rule.

import { DeviceError } from '../../core/errors.ts'
import { pick } from './arithmetic.ts'
import type { Rules } from './rule.ts'
import { at, elementFromNumber, filled, type ResolvedType, type Values } from './values.ts'
import { positionsOf } from './positions.ts'

/** `parameter`, `data`, `fill`, `iota`. Integers of `fill` and `iota` wrap to their dtype. */
export const sources: Rules<'parameter' | 'data' | 'fill' | 'iota'> = {
  parameter: (op) => {
    throw new DeviceError(`reference: expected a value for the parameter '${op.label}', none is bound. List it among the program's inputs.`)
  },
  data: () => {
    throw new DeviceError('reference: expected a data node to hold its buffer, it has none. Make such nodes with dataNode(storage, shape).')
  },
  fill: (op, _inputs, { types }) => [filled(at(types, 0), op.value)],
  iota: (op, _inputs, { types }) => {
    const { dtype, shape } = at(types, 0)
    const strides = shape.map((_, axis) => (axis === op.axis ? 1 : 0))
    return [pick(range(dtype, shape[op.axis] ?? 0), shape, positionsOf(shape, strides))]
  },
}

/** 0 to count − 1. */
function range(dtype: ResolvedType['dtype'], count: number): Values {
  const shape = [count]
  if (dtype === 'i64') return { dtype, shape, data: BigInt64Array.from({ length: count }, (_, i) => BigInt(i)) }
  return { dtype, shape, data: Float64Array.from({ length: count }, (_, i) => elementFromNumber(i, dtype)) }
}

// Movement: elements at other places, never changed.

import { ShapeError } from '../../core/errors.ts'
import { pick } from './arithmetic.ts'
import { positionsOf } from './positions.ts'
import type { Rules } from './rule.ts'
import { allocate, at, bigintsOf, countOf, filled, numbersOf, stridesOf, type Values } from './values.ts'

/** `reshape`, `permute`, `expand`, `pad`, `slice`, `flip`, `concat`. */
export const movement: Rules<'reshape' | 'permute' | 'expand' | 'pad' | 'slice' | 'flip' | 'concat'> = {
  reshape: (_op, inputs, { types }) => {
    const x = at(inputs, 0)
    const { shape } = at(types, 0)
    if (countOf(shape) !== x.data.length) {
      throw new ShapeError(`reshape: expected a shape of ${x.data.length} elements, got [${shape.join(', ')}]. Check the sizes bound at run time.`)
    }
    return [{ dtype: x.dtype, shape, data: x.data }]
  },

  permute: (op, inputs) => [permute(at(inputs, 0), op.axes)],

  expand: (_op, inputs, { types }) => {
    const x = at(inputs, 0)
    const { shape } = at(types, 0)
    const strides = stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride))
    return [pick(x, shape, positionsOf(shape, strides))]
  },

  /** Interior padding first, then low and high; a negative one crops. */
  pad: (op, inputs, { types }) => {
    const x = at(inputs, 0)
    const { shape } = at(types, 0)
    const sources = shape.map((size, axis) => {
      const step = (op.interior[axis] ?? 0) + 1
      return Array.from({ length: size }, (_, i) => {
        const place = i - (op.low[axis] ?? 0)
        return place >= 0 && place % step === 0 && place / step < at(x.shape, axis) ? place / step : -1
      })
    })
    return [pick(x, shape, positionsThrough(sources, stridesOf(x.shape)), filled({ dtype: x.dtype, shape: [1] }, op.value))]
  },

  slice: (op, inputs, { types }) => {
    const x = at(inputs, 0)
    const { shape } = at(types, 0)
    const strides = stridesOf(x.shape)
    let offset = 0
    shape.forEach((size, axis) => {
      const start = at(op.starts, axis)
      offset += start * at(strides, axis)
      if (size > 0 && start + (size - 1) * at(op.strides, axis) >= at(x.shape, axis)) {
        throw new ShapeError(
          `slice: expected a range inside axis ${axis} of [${x.shape.join(', ')}], got start ${start}, size ${size}. Check the sizes bound at run time.`,
        )
      }
    })
    const steps = strides.map((stride, axis) => stride * at(op.strides, axis))
    return [pick(x, shape, positionsOf(shape, steps, offset))]
  },

  flip: (op, inputs) => {
    const x = at(inputs, 0)
    const strides = stridesOf(x.shape)
    const offset = op.axes.reduce((sum, axis) => sum + (at(x.shape, axis) - 1) * at(strides, axis), 0)
    const steps = strides.map((stride, axis) => (op.axes.includes(axis) ? -stride : stride))
    return [pick(x, x.shape, positionsOf(x.shape, steps, offset))]
  },

  concat: (op, inputs, { types }) => {
    const { dtype, shape } = at(types, 0)
    const data = allocate(dtype, countOf(shape))
    const inner = countOf(shape.slice(op.axis + 1))
    const row = at(shape, op.axis) * inner
    let start = 0
    for (const x of inputs) {
      const length = at(x.shape, op.axis) * inner
      for (let outer = 0; length > 0 && outer < x.data.length / length; outer++) {
        if (data instanceof BigInt64Array) data.set(bigintsOf(x).subarray(outer * length, (outer + 1) * length), outer * row + start)
        else data.set(numbersOf(x).subarray(outer * length, (outer + 1) * length), outer * row + start)
      }
      start += length
    }
    return [{ dtype, shape, data }]
  },
}

/** Axis i of the result is axis `axes[i]` of x. */
export function permute(x: Values, axes: readonly number[]): Values {
  const shape = axes.map((axis) => at(x.shape, axis))
  if (axes.every((axis, i) => axis === i)) return { ...x, shape }
  const strides = stridesOf(x.shape)
  return pick(
    x,
    shape,
    positionsOf(
      shape,
      axes.map((axis) => at(strides, axis)),
    ),
  )
}

/** Positions in a buffer where each axis has its own list of source indices; −1 where any of them is. */
function positionsThrough(sources: readonly (readonly number[])[], strides: readonly number[]): Int32Array {
  let positions = [0]
  sources.forEach((list, axis) => {
    const stride = at(strides, axis)
    positions = positions.flatMap((outer) => list.map((index) => (outer < 0 || index < 0 ? -1 : outer + index * stride)))
  })
  return Int32Array.from(positions)
}

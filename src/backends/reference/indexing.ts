// Reading and writing by computed index. Indices outside the range read zero and write nothing; starts of blocks are clamped.

import { computeFrom, computeFromTwo, pick } from './arithmetic.ts'
import { positionsOf } from './positions.ts'
import type { Rules } from './rule.ts'
import { at, countOf, numbersOf, stridesOf, type Values } from './values.ts'

/** `gather`, `scatterAdd`, `dynamicSlice`, `dynamicUpdateSlice`. */
export const indexing: Rules<'gather' | 'scatterAdd' | 'dynamicSlice' | 'dynamicUpdateSlice'> = {
  gather: (op, inputs, { types }) => {
    const [source, { shape }] = [at(inputs, 0), at(types, 0)]
    const positions = positionsAt(source.shape, op.axis, numbersOf(at(inputs, 1)))
    return [pick(source, shape, positions)]
  },

  /** Updates of equal index are summed exactly and rounded once. */
  scatterAdd: (op, inputs, { types }) => {
    const [updates, { shape }] = [at(inputs, 1), at(types, 0)]
    const positions = positionsAt(shape, op.axis, numbersOf(at(inputs, 0)))
    return [
      computeFrom(shape, updates, ({ add }, out, cells) =>
        positions.forEach((position, i) => {
          if (position >= 0) out[position] = add(at(out, position), at(cells, i))
        }),
      ),
    ]
  },

  dynamicSlice: (_op, inputs, { types }) => {
    const [source, { shape }] = [at(inputs, 0), at(types, 0)]
    return [pick(source, shape, block(source.shape, shape, inputs.slice(1)))]
  },

  dynamicUpdateSlice: (_op, inputs) => {
    const [target, update] = [at(inputs, 0), at(inputs, 1)]
    const positions = block(target.shape, update.shape, inputs.slice(2))
    return [
      computeFromTwo(target.shape, target, update, (_arithmetic, out, old, cells) => {
        for (let i = 0; i < out.length; i++) out[i] = at(old, i)
        positions.forEach((position, i) => {
          out[position] = at(cells, i)
        })
      }),
    ]
  },
}

/** For each of `[...before, ...indices, ...after]`, the position in `shape` with the index on `axis`; −1 outside the range. */
function positionsAt(shape: readonly number[], axis: number, indices: ArrayLike<number>): Int32Array {
  const size = at(shape, axis)
  const outer = countOf(shape.slice(0, axis))
  const inner = countOf(shape.slice(axis + 1))
  const positions = new Int32Array(outer * indices.length * inner)
  let next = 0
  for (let o = 0; o < outer; o++)
    for (let j = 0; j < indices.length; j++) {
      const index = at(indices, j)
      for (let i = 0; i < inner; i++) positions[next++] = index < 0 || index >= size ? -1 : (o * size + index) * inner + i
    }
  return positions
}

/** Positions of a block of `sizes` in `shape`, its start clamped so that it fits. */
function block(shape: readonly number[], sizes: readonly number[], starts: readonly Values[]): Int32Array {
  const strides = stridesOf(shape)
  const offset = strides.reduce((sum, stride, axis) => {
    const start = at(numbersOf(at(starts, axis)), 0)
    return sum + Math.max(0, Math.min(start, at(shape, axis) - at(sizes, axis))) * stride
  }, 0)
  return positionsOf(sizes, strides, offset)
}

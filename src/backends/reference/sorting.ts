// Order statistics along an axis. NaN is above everything (as PyTorch and JAX have it): last in ascending order, first in descending order
// and in top-k. Equal elements (−0 and 0 too) keep their order in both directions.

import { indicesFrom, pick } from './arithmetic.ts'
import { linesOf } from './reductions.ts'
import type { Rules } from './rule.ts'
import { at, type Values } from './values.ts'

/** `sort`, `topK`: values and i32 indices. */
export const sorting: Rules<'sort' | 'topK'> = {
  sort: (op, inputs) => {
    const x = at(inputs, 0)
    const { starts, offsets } = linesOf(x, [op.axis])
    return ranked(x, x.shape, op.descending, starts, offsets, offsets)
  },
  topK: (op, inputs) => {
    const x = at(inputs, 0)
    const { starts, offsets, shape } = linesOf(x, [x.shape.length - 1])
    const kept = offsets.subarray(0, op.k)
    const ranks = kept.map((_, rank) => rank)
    return ranked(
      x,
      [...shape, op.k],
      true,
      starts.map((_, line) => line * op.k),
      ranks,
      offsets,
      starts,
    )
  },
}

/** The first elements of every line in order; line l's rank r goes to `targets[l] + ranks[r]`. */
function ranked(
  x: Values,
  shape: readonly number[],
  descending: boolean,
  targets: Int32Array,
  ranks: Int32Array,
  offsets: Int32Array,
  starts: Int32Array = targets,
): readonly Values[] {
  const sources = new Int32Array(targets.length * ranks.length)
  const indices = indicesFrom(shape, x, (arithmetic, out, cells) => {
    const sign = descending ? -1 : 1
    targets.forEach((target, line) => {
      const from = at(starts, line)
      const order = Array.from(offsets, (_, i) => i)
      order.sort((i, j) => sign * arithmetic.order(at(cells, from + at(offsets, i)), at(cells, from + at(offsets, j))))
      ranks.forEach((rank, r) => {
        const index = at(order, r)
        out[target + rank] = index
        sources[target + rank] = from + at(offsets, index)
      })
    })
  })
  return [pick(x, shape, sources), indices]
}

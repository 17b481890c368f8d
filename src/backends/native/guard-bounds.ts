// Where a loop along an axis is best divided: between the bounds of guards the C compiler knows which parts of a concatenation it is in, and
// computes no others.

import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression } from '../../compiler/loop-ir/loop-ir.ts'
import { partsOf } from '../../compiler/loop-ir/walk-expression.ts'

/** Bounds are worth loops of their own where there are few, far from each other. */
const mostBounds = 7
const shortestPart = 16

/** Where along an axis guards begin and end, in order; none where there are too many. */
export function boundsWithin(values: readonly Expression[], { id, extent }: Axis): readonly number[] {
  if (typeof extent !== 'number') return []
  const found = new Set<number>()
  const seen = new Set<Expression>()
  const stack = [...values]
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    stack.push(...partsOf(e))
    if (e.kind !== 'guard') continue
    for (const { index, size, step } of e.bounds) {
      const [term, ...others] = index.terms
      const isAlong = term?.atom.kind === 'axis' && term.atom.axis.id === id && term.coefficient === 1 && others.length === 0 && step === 1
      if (!isAlong || typeof index.constant !== 'number' || typeof size !== 'number') continue
      for (const bound of [-index.constant, size - index.constant]) if (bound > 0 && bound < extent) found.add(bound)
    }
  }
  const bounds = [...found].sort((a, b) => a - b)
  const isWorthwhile = bounds.length <= mostBounds && [...bounds, extent].every((end, i) => end - (bounds[i - 1] ?? 0) >= shortestPart)
  return isWorthwhile ? bounds : []
}

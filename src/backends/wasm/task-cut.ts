// How work is cut into tasks: by sizes alone, so that results do not depend on the number of threads. Work is counted in units of one simple
// operation on one element of a vector, about 0.06 ns on the machine it was measured on.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { isFloat } from '../../core/dtype.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { eachExpression } from '../../compiler/loop-ir/loop-shape.ts'
import { isLong } from './element-types.ts'
import type { Cut } from './kernel-function.ts'

/** Work that is worth a task of its own: some 16 µs. Waking a thread that sleeps costs as much. */
export const taskWork = 2 ** 18

/** The work of an element that is not computed in vectors. */
export const scalarWork = 12

/** Products in a contraction that are worth a task: some 20 µs. */
export const taskProducts = 2 ** 19

/** Loops taken apart: points of `items` are the items of a cut, `rest` are the loops inside. */
export interface CutAxes {
  readonly items: readonly Axis[]
  readonly rest: readonly Axis[]
  readonly cut: Cut
}

const pointsOf = (axes: readonly Axis[]): number => axes.reduce((product, a) => product * maxDim(a.extent), 1)

/** Items of a task, when each is so much work. */
export function grainOf(work: number): number {
  return Math.max(1, Math.floor(taskWork / Math.max(1, work)))
}

/** Cuts loops at the outermost axes that are enough to make items smaller than half a task, when each point is so much work. */
export function cutAxes(axes: readonly Axis[], work: number): CutAxes {
  let count = 0
  let inside = work * pointsOf(axes)
  for (const a of axes) {
    if (inside * 2 <= taskWork) break
    inside /= Math.max(1, maxDim(a.extent))
    count++
  }
  const items = axes.slice(0, count)
  return { items, rest: axes.slice(count), cut: { items: elementCount(items.map((a) => a.extent)), grain: grainOf(inside) } }
}

/** The work of one row: of all points of all sweeps. */
export function rowWork(statements: readonly Statement[]): number {
  return statements.reduce((sum, s) => sum + pointsOf(s.inner) * pointWork([s]), 0)
}

/** The work of one point of statements that are computed together. */
export function pointWork(statements: readonly Statement[]): number {
  // What is stored or added up.
  let work = statements.length
  eachExpression(statements, (e) => {
    work += operationWork(e)
  })
  return work
}

const dear = 32
const simple = new Set(['negate', 'abs', 'sign', 'floor', 'ceil', 'round', 'not'])

function operationWork(e: Expression): number {
  // Elements of 64 bits are computed one by one, their functions by the engine.
  const single = isLong(e.dtype) ? 4 : 1
  switch (e.kind) {
    case 'constant':
    case 'local':
      return 0
    case 'load':
      return e.index.terms.some((t) => t.atom.kind !== 'axis') ? 8 : single
    case 'unary':
      return single * (simple.has(e.fn) ? 1 : e.fn === 'sqrt' ? 6 : dear)
    case 'binary':
      if (e.fn === 'power') return single * 2 * dear
      if (e.fn === 'divide') return single * (isFloat(e.dtype) ? 6 : dear)
      return single * (e.fn === 'remainder' ? dear : 1)
    case 'randomBits':
      return 2 * dear
    default:
      return single
  }
}

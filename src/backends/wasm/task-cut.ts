// How work is cut into tasks: by sizes alone, so that results do not depend on the number of threads.

import { elementCount, maxDim } from '../../core/dimension.ts'
import type { Axis } from '../../compiler/index-expression.ts'
import type { Cut } from './kernel-function.ts'

/** Elements of simple work that are worth a task of their own: some 20 µs. */
export const taskElements = 32768

/** Products in a contraction that are worth a task: some 20 µs. */
export const taskProducts = 2 ** 19

/** Loops taken apart: points of `items` are the items of a cut, `rest` are the loops inside. */
export interface CutAxes {
  readonly items: readonly Axis[]
  readonly rest: readonly Axis[]
  readonly cut: Cut
}

const pointsOf = (axes: readonly Axis[]): number => axes.reduce((product, a) => product * maxDim(a.extent), 1)

/** Items of a task, when each is `work` elements of simple work. */
export function grainOf(work: number): number {
  return Math.max(1, Math.floor(taskElements / Math.max(1, work)))
}

/** Cuts loops at the outermost axes that are enough to make items smaller than half a task; each point is `work` elements of simple work. */
export function cutAxes(axes: readonly Axis[], work: number): CutAxes {
  let count = 0
  let inside = work * pointsOf(axes)
  for (const a of axes) {
    if (inside * 2 <= taskElements) break
    inside /= Math.max(1, maxDim(a.extent))
    count++
  }
  const items = axes.slice(0, count)
  return { items, rest: axes.slice(count), cut: { items: elementCount(items.map((a) => a.extent)), grain: grainOf(inside) } }
}

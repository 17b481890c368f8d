// Reductions along axes. Sums and products are accumulated in double precision (integers modulo 2^32 or 2^64) and rounded once.

import type { CumulativeFunction } from '../../core/primitives.ts'
import { type Arithmetic, computeFrom, indicesFrom } from './arithmetic.ts'
import { positionsOf } from './positions.ts'
import type { Rules } from './rule.ts'
import { at, stridesOf, type Values } from './values.ts'

interface Lines {
  /** Shape of the axes that stay. */
  readonly shape: readonly number[]
  /** Where each line starts. */
  readonly starts: Int32Array
  /** Offsets of a line's elements from its start. */
  readonly offsets: Int32Array
}

/** The lines along `axes` of x, all other axes outside. */
export function linesOf(x: Values, axes: readonly number[]): Lines {
  const strides = stridesOf(x.shape)
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  // The reduced axes in their own order, so that the "first" of a line is the first in memory.
  const reduced = [...axes].sort((a, b) => a - b)
  const along = (list: readonly number[]) =>
    positionsOf(
      list.map((axis) => at(x.shape, axis)),
      list.map((axis) => at(strides, axis)),
    )
  return { shape: kept.map((axis) => at(x.shape, axis)), starts: along(kept), offsets: along(reduced) }
}

function foldOf<T>(fn: CumulativeFunction, arithmetic: Arithmetic<T>): { readonly start: T; readonly step: (a: T, b: T) => T } {
  switch (fn) {
    case 'sum':
      return { start: arithmetic.zero, step: arithmetic.add }
    case 'prod':
      return { start: arithmetic.one, step: arithmetic.multiply }
    case 'max':
      return { start: arithmetic.lowest, step: arithmetic.maximum }
    case 'min':
      return { start: arithmetic.highest, step: arithmetic.minimum }
  }
}

/** `reduce`, `argReduce`, `cumulative`. NaN goes through all of them. */
export const reductions: Rules<'reduce' | 'argReduce' | 'cumulative'> = {
  /** Of nothing: sum 0, prod 1, max −∞ and min ∞ (an integer's lowest and highest). */
  reduce: (op, inputs) => {
    const x = at(inputs, 0)
    const { shape, starts, offsets } = linesOf(x, op.axes)
    return [
      computeFrom(shape, x, (arithmetic, out, cells) => {
        const { start, step } = foldOf(op.fn, arithmetic)
        for (let line = 0; line < starts.length; line++) {
          const from = starts[line] ?? 0
          let total = start
          for (let i = 0; i < offsets.length; i++) total = step(total, at(cells, from + (offsets[i] ?? 0)))
          out[line] = total
        }
      }),
    ]
  },

  /** The first NaN if there is one, else the first of equals. */
  argReduce: (op, inputs) => {
    const x = at(inputs, 0)
    const { shape, starts, offsets } = linesOf(x, [op.axis])
    return [
      indicesFrom(shape, x, (arithmetic, out, cells) =>
        starts.forEach((from, line) => {
          out[line] = firstBest(op.fn, arithmetic, cells, from, offsets)
        }),
      ),
    ]
  },

  cumulative: (op, inputs) => {
    const x = at(inputs, 0)
    const { starts, offsets } = linesOf(x, [op.axis])
    const order = op.reverse ? offsets.toReversed() : offsets
    return [
      computeFrom(x.shape, x, (arithmetic, out, cells) => {
        const { start, step } = foldOf(op.fn, arithmetic)
        for (const from of starts) {
          let total = start
          for (const offset of order) {
            total = step(total, at(cells, from + offset))
            out[from + offset] = total
          }
        }
      }),
    ]
  },
}

/** Index in `offsets` of the largest (smallest) element: the first NaN, else the first of equals; −1 of nothing. */
export function firstBest<T>(
  fn: 'max' | 'min',
  arithmetic: Arithmetic<T>,
  cells: { readonly [position: number]: T },
  from: number,
  offsets: ArrayLike<number>,
): number {
  let best = -1
  for (let i = 0; i < offsets.length; i++) {
    const value = at(cells, from + at(offsets, i))
    if (arithmetic.isNaN(value)) return i
    if (best < 0) best = i
    const order = arithmetic.order(value, at(cells, from + at(offsets, best)))
    if (fn === 'max' ? order > 0 : order < 0) best = i
  }
  return best
}

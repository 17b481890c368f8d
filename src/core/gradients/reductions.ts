// Gradient rules of reductions and cumulative functions. No product is divided by its factors, so zeros among them are safe.

import { type Dim, elementCount } from '../dimension.ts'
import { elementOf, makeNode, type Node, parameterNode } from '../graph.ts'
import {
  add,
  castNode,
  compare,
  divide,
  filledLike,
  inverseOf,
  iota,
  moveAxis,
  multiply,
  permute,
  reshapeNode,
  restoreAxes,
  scatterAlong,
  sum,
  where,
} from '../node-algebra.ts'
import type { CumulativeFunction } from '../primitives.ts'
import type { Rule } from './rule.ts'

export const reduceGradient: Rule<'reduce'> = (op, use) => {
  const [x, g] = [use.input(0), use.cotangent()]
  switch (op.fn) {
    case 'sum':
      return [restoreAxes(g, op.axes, x.shape)]
    case 'max':
    case 'min': {
      // Spread evenly over the elements that are equal to the extremum (PyTorch's amax).
      const hit = compare('equal', x, restoreAxes(use.node, op.axes, x.shape))
      const share = divide(g, sum(castNode(hit, x.dtype), op.axes))
      return [where(hit, restoreAxes(share, op.axes, x.shape), filledLike(x, 0))]
    }
    case 'prod':
      return [multiply(restoreAxes(g, op.axes, x.shape), productOfOthers(x, op.axes))]
  }
}

/** For each element the product of all others that are reduced with it. */
export function productOfOthers(x: Node, axes: readonly number[]): Node {
  const order = [...x.shape.keys()].filter((i) => !axes.includes(i)).concat(axes)
  const moved = permute(x, order)
  const outer = moved.shape.slice(0, moved.shape.length - axes.length)
  const count: Dim = elementCount(moved.shape.slice(outer.length))
  const rows = reshapeNode(moved, [...outer, count])
  const others = multiply(productBefore(rows, outer.length, false), productBefore(rows, outer.length, true))
  return permute(reshapeNode(others, moved.shape), inverseOf(order))
}

/** Shifts one place along an axis, away from the start (or from the end, `reverse`); `value` comes in. */
function shift(x: Node, axis: number, reverse: boolean, value: number): Node {
  const at = (n: number) => x.shape.map((_, i) => (i === axis ? n : 0))
  const interior = at(0)
  return makeNode({ name: 'pad', low: at(reverse ? -1 : 1), high: at(reverse ? 1 : -1), interior, value }, [x])
}

/** The product of the elements before each (behind it for `reverse`). */
export function productBefore(x: Node, axis: number, reverse: boolean): Node {
  return cumulative('prod', shift(x, axis, reverse, 1), axis, reverse)
}

function cumulative(fn: CumulativeFunction, x: Node, axis: number, reverse: boolean): Node {
  return makeNode({ name: 'cumulative', fn, axis, reverse }, [x])
}

export const cumulativeGradient: Rule<'cumulative'> = (op, use) => {
  const [x, g] = [use.input(0), use.cotangent()]
  switch (op.fn) {
    case 'sum':
      return [cumulative('sum', g, op.axis, !op.reverse)]
    case 'prod':
      // A factor at k is in all products from k on: Σ g[i] Π x[j], over i ≥ k and k < j ≤ i, is g[k] + x[k+1] times the same at k+1.
      return [multiply(productBefore(x, op.axis, op.reverse), linearRecurrence(g, shift(x, op.axis, !op.reverse, 0), op.axis, !op.reverse))]
    case 'max':
    case 'min':
      return [scatterAlong(g, recordPositions(x, use.node, op.axis, op.reverse), op.axis, x.shape)]
  }
}

/** S[k] = weights[k] + factors[k] S[k−1] along an axis, from 0 (S[k+1], from the end, for `reverse`). */
export function linearRecurrence(weights: Node, factors: Node, axis: number, reverse: boolean): Node {
  const steps = moveAxis(weights, axis, 0)
  const step = { dtype: weights.dtype, shape: steps.shape.slice(1) }
  const [before, weight, factor] = [parameterNode('sum', step), parameterNode('weight', step), parameterNode('factor', step)]
  const after = add(weight, multiply(factor, before))
  const body = { parameters: [before, weight, factor], results: [after, after] }
  const inputs = [filledLike(step, 0), steps, moveAxis(factors, axis, 0)]
  const scan = makeNode({ name: 'scan', body, carries: 1, length: steps.shape[0] ?? 0, reverse }, inputs)
  return moveAxis(elementOf(scan, 1), 0, axis)
}

/** Where the extremum up to each element stands; of equals the latest (PyTorch's cummax). */
export function recordPositions(x: Node, extremum: Node, axis: number, reverse: boolean): Node {
  const places = iota(x.shape, axis)
  const isRecord = compare('equal', x, extremum)
  // The first element is always a record (a NaN after it stays with the last one before it).
  const known = where(isRecord, places, filledLike(places, reverse ? 2 ** 31 - 1 : 0))
  return cumulative(reverse ? 'min' : 'max', known, axis, reverse)
}

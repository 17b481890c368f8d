// Gradient rules of reductions and cumulative functions. No product is divided by its factors, so zeros among them are safe.

import { type Dim, elementCount } from '../dimension.ts'
import { makeNode, type Node } from '../graph.ts'
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
import { parameterNode } from '../graph.ts'
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
function productOfOthers(x: Node, axes: readonly number[]): Node {
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
function productBefore(x: Node, axis: number, reverse: boolean): Node {
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
      return [multiply(productBefore(x, op.axis, op.reverse), productWeights(x, g, op.axis, op.reverse))]
    case 'max':
    case 'min':
      return [scatterAlong(g, recordPositions(x, use.node, op.axis, op.reverse), op.axis, x.shape)]
  }
}

/** S[k] = g[k] + x[k+1] S[k+1]: what a factor at k is multiplied with in all products from k on, by their cotangents. */
function productWeights(x: Node, g: Node, axis: number, reverse: boolean): Node {
  const next = moveAxis(shift(x, axis, !reverse, 0), axis, 0)
  const weights = moveAxis(g, axis, 0)
  const step = { dtype: x.dtype, shape: weights.shape.slice(1) }
  const parameters = ['sum', 'weight', 'factor'].map((label) => parameterNode(label, step))
  const [before, weight, factor] = parameters
  if (before === undefined || weight === undefined || factor === undefined) return g
  const after = add(weight, multiply(factor, before))
  const body = { parameters, results: [after, after] }
  const scan = makeNode({ name: 'scan', body, carries: 1, length: weights.shape[0] ?? 0, reverse: !reverse }, [filledLike(step, 0), weights, next])
  return moveAxis(makeNode({ name: 'element', index: 1 }, [scan]), 0, axis)
}

/** Where the extremum up to each element stands; of equals the latest (PyTorch's cummax). */
function recordPositions(x: Node, extremum: Node, axis: number, reverse: boolean): Node {
  const places = iota(x.shape, axis)
  const isRecord = compare('equal', x, extremum)
  // The first element is always a record (a NaN after it stays with the last one before it).
  const known = where(isRecord, places, filledLike(places, reverse ? 2 ** 31 - 1 : 0))
  return cumulative(reverse ? 'min' : 'max', known, axis, reverse)
}

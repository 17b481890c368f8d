// Tangent rules of reductions, cumulative functions, windows and orders: tangents of the elements that were chosen.

import { linearRecurrence, productBefore, productOfOthers, recordPositions } from '../gradients/reductions.ts'
import { elementOf, makeNode } from '../graph.ts'
import { castNode, compare, divide, filledLike, multiply, restoreAxes, sum, takeAlong, where } from '../node-algebra.ts'
import type { TangentRule } from './rule.ts'

export const reduceTangent: TangentRule<'reduce'> = (op, use) => {
  const [x, t] = [use.input(0), use.tangent(0)]
  switch (op.fn) {
    case 'sum':
      return [sum(t, op.axes)]
    case 'max':
    case 'min': {
      const hit = compare('equal', x, restoreAxes(use.node, op.axes, x.shape))
      return [divide(sum(where(hit, t, filledLike(t, 0)), op.axes), sum(castNode(hit, x.dtype), op.axes))]
    }
    case 'prod':
      return [sum(multiply(t, productOfOthers(x, op.axes)), op.axes)]
  }
}

export const cumulativeTangent: TangentRule<'cumulative'> = (op, use) => {
  const [x, t] = [use.input(0), use.tangent(0)]
  switch (op.fn) {
    case 'sum':
      return [makeNode(op, [t])]
    case 'prod':
      return [linearRecurrence(multiply(t, productBefore(x, op.axis, op.reverse)), x, op.axis, op.reverse)]
    case 'max':
    case 'min':
      return [takeAlong(t, recordPositions(x, use.node, op.axis, op.reverse), op.axis)]
  }
}

export const reduceWindowTangent: TangentRule<'reduceWindow'> = (op, use) => {
  if (op.fn === 'sum') return [makeNode(op, [use.tangent(0)])]
  return [makeNode({ name: 'windowPick', fn: op.fn, geometry: op.geometry }, [use.input(0), use.tangent(0)])]
}

export const windowScatterTangent: TangentRule<'windowScatter'> = (op, use) => [makeNode(op, [use.input(0), use.tangent(1)])]

export const windowPickTangent: TangentRule<'windowPick'> = (op, use) => [makeNode(op, [use.input(0), use.tangent(1)])]

export const sortTangent: TangentRule<'sort'> = (op, use) => [takeAlong(use.tangent(0), elementOf(use.node, 1), op.axis)]

export const topKTangent: TangentRule<'topK'> = (_op, use) => [takeAlong(use.tangent(0), elementOf(use.node, 1), use.input(0).shape.length - 1)]

// Batching rules of reading and writing by index. Where every example has its own indices, examples and indexed axis become one axis.

import { type Dim, multiplyDims, subtractDims } from '../dimension.ts'
import { makeNode, type Node, parameterNode } from '../graph.ts'
import {
  binary,
  castNode,
  compare,
  fillNode,
  filledLike,
  iota,
  moveAxis,
  reshapeNode,
  resultsOf,
  restoreAxes,
  sizeLike,
  where,
} from '../node-algebra.ts'
import type { BatchRule } from './rule.ts'

/** Indices `[size, ...]` into each example's `count` elements as indices into all of them; those outside stay outside. */
function globalIndices(indices: Node, count: Dim): Node {
  const own = indices.dtype === 'i64' ? indices : castNode(indices, 'i32')
  const inside = binary('and', compare('greaterEqual', own, filledLike(own, 0)), compare('less', own, sizeLike(count, own)))
  const base = binary('multiply', iota(own.shape, 0, own.dtype), sizeLike(count, own))
  return where(inside, binary('add', own, base), filledLike(own, -1))
}

/** Of each example of `source` `[size, ...]` the elements at its own `indices` `[size, ...]` along `axis` of one example. */
function gatherEach(source: Node, indices: Node, axis: number): Node {
  const moved = moveAxis(source, axis + 1, 1)
  const [size = 1, count = 1, ...rest] = moved.shape
  const flat = reshapeNode(moved, [multiplyDims(size, count), ...rest])
  const taken = makeNode({ name: 'gather', axis: 0 }, [flat, globalIndices(indices, count)])
  return moveBlock(taken, 1, indices.shape.length - 1, axis + 1)
}

/** `count` axes from `from` on moved to begin at `to`, the others in their order. */
function moveBlock(x: Node, from: number, count: number, to: number): Node {
  const rest = [...x.shape.keys()].filter((i) => i < from || i >= from + count)
  const block = Array.from({ length: count }, (_, i) => from + i)
  const axes = [...rest.slice(0, to), ...block, ...rest.slice(to)]
  return axes.every((a, i) => a === i) ? x : makeNode({ name: 'permute', axes }, [x])
}

export const gatherBatch: BatchRule<'gather'> = (op, use) => {
  if (!use.batched(1)) return [makeNode({ ...op, axis: op.axis + 1 }, [use.input(0), use.input(1)])]
  if (!use.batched(0)) return [moveAxis(makeNode(op, [use.input(0), use.input(1)]), op.axis, 0)]
  return [gatherEach(use.input(0), use.input(1), op.axis)]
}

export const scatterAddBatch: BatchRule<'scatterAdd'> = (op, use) => {
  if (!use.batched(0)) return [makeNode({ ...op, axis: op.axis + 1 }, [use.input(0), use.input(1)])]
  const indices = globalIndices(use.input(0), op.size)
  const updates = moveBlock(use.front(1), op.axis + 1, indices.shape.length - 1, 1)
  const flat = makeNode({ name: 'scatterAdd', axis: 0, size: multiplyDims(use.size, op.size) }, [indices, updates])
  return [moveAxis(reshapeNode(flat, [use.size, op.size, ...flat.shape.slice(1)]), 1, op.axis + 1)]
}

const zero = (): Node => fillNode(0, [], 'i32')

export const dynamicSliceBatch: BatchRule<'dynamicSlice'> = (op, use) => {
  const source = use.node.inputs[0]?.shape ?? []
  let x = use.front(0)
  // Axes whose start differs from example to example are gathered, the others sliced together.
  op.sizes.forEach((size, axis) => {
    if (!use.batched(axis + 1)) return
    const start = use.input(axis + 1)
    const most = subtractDims(source[axis] ?? 0, size)
    const limit = typeof most === 'number' ? filledLike(start, most) : binary('subtract', sizeLike(source[axis] ?? 0, start), sizeLike(size, start))
    const from = binary('minimum', binary('maximum', start, filledLike(start, 0)), limit)
    const shape = [use.size, size]
    x = gatherEach(x, binary('add', restoreAxes(from, [1], shape), iota(shape, 1)), axis)
  })
  const starts = op.sizes.map((_, axis) => (use.batched(axis + 1) ? zero() : use.input(axis + 1)))
  return [makeNode({ name: 'dynamicSlice', sizes: [use.size, ...op.sizes] }, [x, zero(), ...starts])]
}

export const dynamicUpdateSliceBatch: BatchRule<'dynamicUpdateSlice'> = (op, use) => {
  const target = use.node.shape
  const starts = target.map((_, axis) => axis + 2)
  if (!starts.some(use.batched)) return [makeNode(op, [use.front(0), use.front(1), zero(), ...starts.map(use.input)])]
  // Every element asks where in the update it is: gather reads what lies inside, the mask keeps the rest of the target.
  const shape = [use.size, ...target]
  let update = use.front(1)
  let written: Node | undefined
  target.forEach((d, axis) => {
    const size = update.shape[axis + 1] ?? 0
    const start = use.front(axis + 2)
    const limit = binary('subtract', sizeLike(d, start), sizeLike(size, start))
    const from = binary('minimum', binary('maximum', start, filledLike(start, 0)), limit)
    const places = [use.size, d]
    const offset = binary('subtract', iota(places, 1), restoreAxes(from, [1], places))
    const inside = binary('and', compare('greaterEqual', offset, filledLike(offset, 0)), compare('less', offset, sizeLike(size, offset)))
    const mask = restoreAxes(
      inside,
      [...shape.keys()].filter((i) => i !== 0 && i !== axis + 1),
      shape,
    )
    written = written === undefined ? mask : binary('and', written, mask)
    update = gatherEach(update, offset, axis)
  })
  return [written === undefined ? update : where(written, update, use.front(0))]
}

/** Every example draws from its own key. */
export const randomBitsBatch: BatchRule<'randomBits'> = (op, use) => {
  const key = parameterNode('key', { dtype: 'u32', shape: [2] })
  const body = { parameters: [key], results: [makeNode(op, [key])] }
  return resultsOf(makeNode({ name: 'scan', body, carries: 0, length: use.size, reverse: false }, [use.input(0)]))
}

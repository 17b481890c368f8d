// Gradient rules of movement, reading and writing by index: the transposes of linear maps that copy elements.

import { addDims, type Dim } from '../dimension.ts'
import { makeNode } from '../graph.ts'
import { block, constantOf, filledLike, inverseOf, permute, placeBlock, reshapeNode, scatterAlong, sum } from '../node-algebra.ts'
import type { Rule } from './rule.ts'

export const reshapeGradient: Rule<'reshape'> = (_op, use) => {
  const [g, x] = [use.cotangent(), use.input(0)]
  return [constantOf(g) === undefined ? reshapeNode(g, x.shape) : filledLike(x, constantOf(g) ?? 0)]
}

export const permuteGradient: Rule<'permute'> = (op, use) => [permute(use.cotangent(), inverseOf(op.axes))]

export const expandGradient: Rule<'expand'> = (op, use) => {
  const x = use.input(0)
  const axes = x.shape.flatMap((d, i) => (d === 1 && op.shape[i] !== 1 ? [i] : []))
  return [reshapeNode(sum(use.cotangent(), axes), x.shape)]
}

export const padGradient: Rule<'pad'> = (op, use) => {
  const [x, g] = [use.input(0), use.cotangent()]
  const cropped = [...op.low, ...op.high].some((p) => p < 0)
  if (!cropped) return [makeNode({ name: 'slice', starts: op.low, sizes: x.shape, strides: op.interior.map((n) => n + 1) }, [g])]
  // What was cropped gets zeros.
  const opposite = { low: op.low.map((p) => -p), high: op.high.map((p) => -p), interior: op.low.map(() => 0), value: 0 }
  const whole = makeNode({ name: 'pad', ...opposite }, [g])
  if (op.interior.every((n) => n === 0)) return [whole]
  return [makeNode({ name: 'slice', starts: op.low.map(() => 0), sizes: x.shape, strides: op.interior.map((n) => n + 1) }, [whole])]
}

export const sliceGradient: Rule<'slice'> = (op, use) => {
  const [x, g] = [use.input(0), use.cotangent()]
  if (op.strides.every((s) => s === 1)) return [placeBlock(g, op.starts, x.shape)]
  const interior = op.strides.map((s) => s - 1)
  const spread = makeNode({ name: 'pad', low: op.starts.map(() => 0), high: op.starts.map(() => 0), interior, value: 0 }, [g])
  return [placeBlock(spread, op.starts, x.shape)]
}

export const flipGradient: Rule<'flip'> = (op, use) => [makeNode(op, [use.cotangent()])]

export const concatGradient: Rule<'concat'> = (op, use) => {
  const g = use.cotangent()
  let start: Dim = 0
  return use.node.inputs.map((x) => {
    const from = start
    start = addDims(start, x.shape[op.axis] ?? 0)
    return block(
      g,
      g.shape.map((_, i) => (i === op.axis ? from : 0)),
      x.shape,
    )
  })
}

export const gatherGradient: Rule<'gather'> = (op, use) => [
  makeNode({ name: 'scatterAdd', axis: op.axis, size: use.input(0).shape[op.axis] ?? 0 }, [use.input(1), use.cotangent()]),
]

export const scatterAddGradient: Rule<'scatterAdd'> = (op, use) => [
  undefined,
  makeNode({ name: 'gather', axis: op.axis }, [use.cotangent(), use.input(0)]),
]

export const dynamicSliceGradient: Rule<'dynamicSlice'> = (_op, use) => {
  const source = use.input(0)
  return [makeNode({ name: 'dynamicUpdateSlice' }, [filledLike(source, 0), use.cotangent(), ...use.node.inputs.slice(1)])]
}

export const dynamicUpdateSliceGradient: Rule<'dynamicUpdateSlice'> = (_op, use) => {
  const [g, update, starts] = [use.cotangent(), use.input(1), use.node.inputs.slice(2)]
  return [
    use.needs(0) ? makeNode({ name: 'dynamicUpdateSlice' }, [g, filledLike(update, 0), ...starts]) : undefined,
    use.needs(1) ? makeNode({ name: 'dynamicSlice', sizes: update.shape }, [g, ...starts]) : undefined,
  ]
}

export const sortGradient: Rule<'sort'> = (op, use) => {
  const indices = makeNode({ name: 'element', index: 1 }, [use.node])
  return [scatterAlong(use.cotangent(), indices, op.axis, use.input(0).shape)]
}

export const topKGradient: Rule<'topK'> = (_op, use) => {
  const [x, indices] = [use.input(0), makeNode({ name: 'element', index: 1 }, [use.node])]
  return [scatterAlong(use.cotangent(), indices, x.shape.length - 1, x.shape)]
}

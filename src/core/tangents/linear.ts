// Tangent rules of primitives that are linear: in one input, in all together, or in each of two.

import type { OpOf } from '../gradients/rule.ts'
import { makeNode, type Node } from '../graph.ts'
import type { PrimitiveName } from '../primitives.ts'
import { sumOf } from './elementwise.ts'
import type { ForwardUse, TangentRule } from './rule.ts'

/** The primitive of the tangent of input 0; further inputs are indices. */
export function linear<N extends PrimitiveName>(op: OpOf[N], use: ForwardUse): readonly Node[] {
  return [makeNode(op, [use.tangent(0), ...use.node.inputs.slice(1)])]
}

/** The primitive of all tangents. */
export function jointlyLinear<N extends PrimitiveName>(op: OpOf[N], use: ForwardUse): readonly Node[] {
  return [
    makeNode(
      op,
      use.node.inputs.map((_, i) => use.tangent(i)),
    ),
  ]
}

/** The sum over inputs of the primitive with that one replaced by its tangent. */
export function linearInEach<N extends PrimitiveName>(op: OpOf[N], use: ForwardUse): readonly (Node | undefined)[] {
  const terms = use.node.inputs.map((_, i) => {
    if (!use.has(i)) return undefined
    return makeNode(
      op,
      use.node.inputs.map((x, j) => (i === j ? use.tangent(i) : x)),
    )
  })
  return [sumOf(terms)]
}

export const padTangent: TangentRule<'pad'> = (op, use) => [makeNode({ ...op, value: 0 }, [use.tangent(0)])]

export const scatterAddTangent: TangentRule<'scatterAdd'> = (op, use) => [makeNode(op, [use.input(0), use.tangent(1)])]

export const dynamicUpdateSliceTangent: TangentRule<'dynamicUpdateSlice'> = (op, use) => [
  makeNode(op, [use.tangent(0), use.tangent(1), ...use.node.inputs.slice(2)]),
]

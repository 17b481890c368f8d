// The Jacobian-vector rule of every primitive: from tangents of its inputs to tangents of its results.

import type { OpOf } from './gradients/rule.ts'
import type { Node } from './graph.ts'
import type { Op, PrimitiveName } from './primitives.ts'
import { attentionGradientTangent, attentionTangent } from './tangents/attention.ts'
import { callTangent, condTangent, scanTangent, whileTangent } from './tangents/control.ts'
import { binaryTangent, castTangent, unaryTangent, whereTangent } from './tangents/elementwise.ts'
import { dynamicUpdateSliceTangent, jointlyLinear, linear, linearInEach, padTangent, scatterAddTangent } from './tangents/linear.ts'
import {
  cumulativeTangent,
  reduceTangent,
  reduceWindowTangent,
  sortTangent,
  topKTangent,
  windowPickTangent,
  windowScatterTangent,
} from './tangents/reductions.ts'
import type { ForwardUse, TangentRule } from './tangents/rule.ts'

export type { Forward } from './tangents/rule.ts'

/** Nothing depends smoothly on the inputs, or there are none. */
const none = (): readonly [] => []

const rules: { readonly [N in PrimitiveName]: TangentRule<N> } = {
  parameter: none,
  data: none,
  fill: none,
  iota: none,
  unary: unaryTangent,
  binary: binaryTangent,
  compare: none,
  where: whereTangent,
  cast: castTangent,
  stopGradient: none,
  reshape: linear,
  permute: linear,
  expand: linear,
  pad: padTangent,
  slice: linear,
  flip: linear,
  concat: jointlyLinear,
  reduce: reduceTangent,
  argReduce: none,
  cumulative: cumulativeTangent,
  dot: linearInEach,
  conv: linearInEach,
  convInputGradient: linearInEach,
  convFilterGradient: linearInEach,
  reduceWindow: reduceWindowTangent,
  windowScatter: windowScatterTangent,
  windowPick: windowPickTangent,
  gather: linear,
  scatterAdd: scatterAddTangent,
  dynamicSlice: linear,
  dynamicUpdateSlice: dynamicUpdateSliceTangent,
  sort: sortTangent,
  topK: topKTangent,
  randomBits: none,
  scan: scanTangent,
  cond: condTangent,
  while: whileTangent,
  call: callTangent,
  attention: attentionTangent,
  attentionGradient: attentionGradientTangent,
  element: (_op, use) => [use.tangent(0)],
}

/** The tangents of the results of one use of a primitive; missing or `undefined` ones are zero. */
export function applyTangentRule(op: Op, use: ForwardUse): readonly (Node | undefined)[] {
  return apply(op.name, op, use)
}

function apply<N extends PrimitiveName>(name: N, op: OpOf[N], use: ForwardUse): readonly (Node | undefined)[] {
  return rules[name](op, use)
}

// The vector-Jacobian rule of every primitive: from cotangents of its results to cotangents of its inputs. Rules build graphs from the
// same primitives, so gradients can be differentiated again.

import { attentionGradientGradientRule, attentionGradientRule } from './gradients/attention.ts'
import { convFilterGradientGradient, convGradient, convInputGradientGradient, dotGradient } from './gradients/contractions.ts'
import { callGradient, condGradient, whileGradient } from './gradients/control.ts'
import { binaryGradient, castGradient, unaryGradient, whereGradient } from './gradients/elementwise.ts'
import {
  concatGradient,
  dynamicSliceGradient,
  dynamicUpdateSliceGradient,
  expandGradient,
  flipGradient,
  gatherGradient,
  padGradient,
  permuteGradient,
  reshapeGradient,
  scatterAddGradient,
  sliceGradient,
  sortGradient,
  topKGradient,
} from './gradients/movement.ts'
import { cumulativeGradient, reduceGradient } from './gradients/reductions.ts'
import type { OpOf, Rule, Use } from './gradients/rule.ts'
import { scanGradient } from './gradients/scan.ts'
import { reduceWindowGradient, windowPickGradient, windowScatterGradient } from './gradients/windows.ts'
import type { Node } from './graph.ts'
import type { Op, PrimitiveName } from './primitives.ts'

export type { Reverse } from './gradients/rule.ts'

/** Nothing depends smoothly on the inputs, or there are none. */
const none = (): readonly [] => []

const rules: { readonly [N in PrimitiveName]: Rule<N> } = {
  parameter: none,
  data: none,
  fill: none,
  iota: none,
  unary: unaryGradient,
  binary: binaryGradient,
  compare: none,
  where: whereGradient,
  cast: castGradient,
  stopGradient: none,
  reshape: reshapeGradient,
  permute: permuteGradient,
  expand: expandGradient,
  pad: padGradient,
  slice: sliceGradient,
  flip: flipGradient,
  concat: concatGradient,
  reduce: reduceGradient,
  argReduce: none,
  cumulative: cumulativeGradient,
  dot: dotGradient,
  conv: convGradient,
  convInputGradient: convInputGradientGradient,
  convFilterGradient: convFilterGradientGradient,
  reduceWindow: reduceWindowGradient,
  windowScatter: windowScatterGradient,
  windowPick: windowPickGradient,
  gather: gatherGradient,
  scatterAdd: scatterAddGradient,
  dynamicSlice: dynamicSliceGradient,
  dynamicUpdateSlice: dynamicUpdateSliceGradient,
  sort: sortGradient,
  topK: topKGradient,
  randomBits: none,
  scan: scanGradient,
  cond: condGradient,
  while: whileGradient,
  call: callGradient,
  attention: attentionGradientRule,
  attentionGradient: attentionGradientGradientRule,
  element: (_op, use) => [use.cotangent()],
}

/** The cotangents of the inputs of one use of a primitive; missing or `undefined` ones are zero. */
export function applyGradientRule(op: Op, use: Use): readonly (Node | undefined)[] {
  return apply(op.name, op, use)
}

function apply<N extends PrimitiveName>(name: N, op: OpOf[N], use: Use): readonly (Node | undefined)[] {
  return rules[name](op, use)
}

// The batching rule of every primitive: one use for one example turned into one use for all examples, which lie along axis 0.

import {
  attentionBatch,
  attentionGradientBatch,
  convBatch,
  convFilterGradientBatch,
  convInputGradientBatch,
  dotBatch,
  windowBatch,
} from './batching/contractions.ts'
import { callBatch, condBatch, scanBatch, whileBatch } from './batching/control.ts'
import { dynamicSliceBatch, dynamicUpdateSliceBatch, gatherBatch, randomBitsBatch, scatterAddBatch } from './batching/indexing.ts'
import type { BatchRule, BatchUse } from './batching/rule.ts'
import { alongNextAxis, expandBatch, flipBatch, onFronts, padBatch, permuteBatch, reduceBatch, reshapeBatch, sliceBatch } from './batching/simple.ts'
import { ShapeError } from './errors.ts'
import type { OpOf } from './gradients/rule.ts'
import type { Node } from './graph.ts'
import type { Op, PrimitiveName } from './primitives.ts'

export type { Batch } from './batching/rule.ts'

/** Primitives without inputs, which no example can change. */
const never = (op: Op): never => {
  throw new ShapeError(`vmap: expected a primitive with inputs, got ${op.name}. Report the function.`)
}

const rules: { readonly [N in PrimitiveName]: BatchRule<N> } = {
  parameter: never,
  data: never,
  fill: never,
  iota: never,
  unary: onFronts,
  binary: onFronts,
  compare: onFronts,
  where: onFronts,
  cast: onFronts,
  stopGradient: onFronts,
  reshape: reshapeBatch,
  permute: permuteBatch,
  expand: expandBatch,
  pad: padBatch,
  slice: sliceBatch,
  flip: flipBatch,
  concat: alongNextAxis,
  reduce: reduceBatch,
  argReduce: alongNextAxis,
  cumulative: alongNextAxis,
  dot: dotBatch,
  conv: convBatch,
  convInputGradient: convInputGradientBatch,
  convFilterGradient: convFilterGradientBatch,
  reduceWindow: windowBatch,
  windowScatter: windowBatch,
  windowPick: windowBatch,
  gather: gatherBatch,
  scatterAdd: scatterAddBatch,
  dynamicSlice: dynamicSliceBatch,
  dynamicUpdateSlice: dynamicUpdateSliceBatch,
  sort: alongNextAxis,
  topK: onFronts,
  randomBits: randomBitsBatch,
  scan: scanBatch,
  cond: condBatch,
  while: whileBatch,
  call: callBatch,
  attention: attentionBatch,
  attentionGradient: attentionGradientBatch,
  element: onFronts,
}

/** The results of one use of a primitive for all examples. */
export function applyBatchRule(op: Op, use: BatchUse): readonly Node[] {
  return apply(op.name, op, use)
}

function apply<N extends PrimitiveName>(name: N, op: OpOf[N], use: BatchUse): readonly Node[] {
  return rules[name](op, use)
}

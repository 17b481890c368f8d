// Counts of an assembly that are known now, or follow from the sizes bound at run time.

import { type Dim, evaluateDim, variablesOf } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { bytesOf } from '../../compiler/memory-plan.ts'

export type Count = number | ((dims: ReadonlyMap<string, number>) => number)

export function countOfDim(d: Dim): Count {
  return typeof d === 'number' ? d : (dims) => evaluateDim(d, dims)
}

/** Bytes of a value. */
export function countOf(node: Node): Count {
  const size = byteSize(node.dtype)
  if (node.shape.every((d) => variablesOf(d).length === 0)) return bytesOf(node)
  return (dims) => node.shape.reduce<number>((n, d) => n * evaluateDim(d, dims), size)
}

export function timesCount(count: Count, times: number): Count {
  return typeof count === 'number' ? count * times : (dims) => count(dims) * times
}

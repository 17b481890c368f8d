// Which primitive a result of a test is due to: what the rows of docs/backends.md are called.

import type { DType } from '../../src/core/index.ts'
import { type Node, topologicalOrder } from '../../src/core/graph.ts'
import type { PrimitiveName } from '../../src/core/primitives.ts'

/** Results of several primitives that are computed together. */
export const together = 'several together'

/** Movements are index arithmetic, tested in chains. */
export const movement = 'reshape, permute, expand, slice, flip'

/** They move or make numbers and change none, so that an error beside them is another primitive's. */
const exact: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  'parameter',
  'data',
  'fill',
  'iota',
  'reshape',
  'permute',
  'expand',
  'pad',
  'slice',
  'flip',
  'concat',
  'element',
  'stopGradient',
])

const moving: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>(['parameter', 'reshape', 'permute', 'expand', 'slice', 'flip'])

/** Their results are of another dtype than what they judge, which is the one that matters. */
const judging: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>(['compare', 'argReduce', 'sort', 'topK'])

/** The primitive that made a result, with its function (`unary exp`), and the dtype that it worked on. */
export function resultName(node: Node): { readonly primitive: string; readonly dtype: DType } {
  const computing = topologicalOrder([node]).filter((x) => !exact.has(x.op.name))
  if (computing.length > 1) return { primitive: together, dtype: node.dtype }
  const made = computing[0] ?? (node.op.name === 'stopGradient' ? (node.inputs[0] ?? node) : node)
  const { op } = made
  if (moving.has(op.name)) return { primitive: movement, dtype: node.dtype }
  const primitive = 'fn' in op ? `${op.name} ${op.fn}` : op.name
  return { primitive, dtype: judging.has(op.name) ? (made.inputs[0]?.dtype ?? node.dtype) : node.dtype }
}

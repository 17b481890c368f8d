// The sum of what the users of a value give as its cotangent.

import { makeNode, type Node } from '../graph.ts'
import { add, fillNode } from '../node-algebra.ts'

/** All contributions added; blocks of one axis that do not overlap (a value that was split) are put side by side instead. */
export function accumulated(contributions: readonly Node[]): Node | undefined {
  const joined = joinBlocks(contributions)
  return joined ?? contributions.reduce<Node | undefined>((total, x) => (total === undefined ? x : add(total, x)), undefined)
}

/** A contribution that is zero outside a range of one axis. */
interface Block {
  readonly node: Node
  readonly axis: number
  readonly start: number
  readonly size: number
}

/** What a pad with zeros along one axis places, and where. */
function blockOf(x: Node): Block | undefined {
  const { op } = x
  const [node] = x.inputs
  if (op.name !== 'pad' || node === undefined || op.value !== 0) return undefined
  if ([...op.interior, ...op.low, ...op.high].some((n) => n < 0) || op.interior.some((n) => n > 0)) return undefined
  const padded = [...op.low.keys()].filter((i) => (op.low[i] ?? 0) > 0 || (op.high[i] ?? 0) > 0)
  const [axis] = padded
  const size = axis === undefined ? undefined : node.shape[axis]
  if (axis === undefined || padded.length > 1 || typeof size !== 'number') return undefined
  return { node, axis, start: op.low[axis] ?? 0, size }
}

function joinBlocks(contributions: readonly Node[]): Node | undefined {
  const blocks = contributions.flatMap((x) => blockOf(x) ?? []).sort((a, b) => a.start - b.start)
  const [first] = blocks
  const [whole] = contributions
  if (first === undefined || whole === undefined || blocks.length < 2 || blocks.length < contributions.length) return undefined
  const { axis } = first
  const zeros = (size: number): Node =>
    fillNode(
      0,
      whole.shape.map((d, i) => (i === axis ? size : d)),
      whole.dtype,
    )
  const parts: Node[] = []
  let end = 0
  for (const block of blocks) {
    if (block.axis !== axis || block.start < end) return undefined
    if (block.start > end) parts.push(zeros(block.start - end))
    parts.push(block.node)
    end = block.start + block.size
  }
  const total = whole.shape[axis]
  if (typeof total !== 'number') return undefined
  if (total > end) parts.push(zeros(total - end))
  return makeNode({ name: 'concat', axis }, parts)
}

// Loops whose rows do not need each other: a body over a batch of rows as the same body over a part of them, so that each thread runs all
// steps of its own rows and waits for nobody.

import { type Dims, elementCount, maxDim } from '../../core/dimension.ts'
import { makeNode, type Node, parameterNode, topologicalOrder } from '../../core/graph.ts'
import type { Op, Subgraph } from '../../core/primitives.ts'
import { bytesOf } from '../memory-plan.ts'

/** A body for one part of the rows. */
export interface RowParts {
  /** Row `i` of part `p` is row `p · rows + i` of the whole, in every parameter that `isRows` names and in every result. */
  readonly body: Subgraph
  readonly parts: number
  /** Whether a parameter holds rows; each part sees the whole of the others. */
  readonly isRows: readonly boolean[]
}

/** Rows of a part: enough for two tiles of a matrix product. */
const fewestRows = 16
const mostParts = 16
/** What every part reads at each step, at most: three quarters of a second-level cache. */
const mostShared = 3 << 18
/** Multiply-adds and elements of all steps that are worth waking threads for. */
const leastWork = 1 << 21

/** Thrown where a value cannot be computed from a part of the rows. */
class NotByRows extends Error {}

/**
 * The body of a scan cut into parts of its rows, the first axis of every carry and result; `undefined` where some value needs the rows of others,
 * or where it is not worth it.
 */
export function rowParts(body: Subgraph, op: Extract<Op, { name: 'scan' }>): RowParts | undefined {
  const rows = body.parameters[0]?.shape[0]
  if (typeof rows !== 'number' || typeof op.length !== 'number' || op.carries === 0) return undefined
  let parts = 1
  while (rows % (2 * parts) === 0 && rows / (2 * parts) >= fewestRows && 2 * parts <= mostParts) parts *= 2
  if (parts === 1 || op.length * workOf(body) < leastWork) return undefined
  const cut = new Cut(body.parameters, op.carries, rows, rows / parts)
  try {
    const results = body.results.map((node) => cut.rows(node))
    const isRows = body.parameters.map((p) => cut.holdsRows(p))
    const shared = body.parameters.filter((_, i) => isRows[i] === false).reduce((bytes, p) => bytes + bytesOf(p), 0)
    if (shared > mostShared || !isRows.slice(0, op.carries).every(Boolean)) return undefined
    return { body: { parameters: body.parameters.map((p, i) => (isRows[i] === true ? cut.rows(p) : p)), results }, parts, isRows }
  } catch (error) {
    if (error instanceof NotByRows) return undefined
    throw error
  }
}

function workOf(body: Subgraph): number {
  return topologicalOrder(body.results).reduce((work, node) => {
    if (node.op.name === 'parameter') return work
    const [lhs] = node.inputs
    const inner = node.op.name === 'dot' ? elementCount(node.op.lhsContract.map((a) => lhs?.shape[a] ?? 1)) : 1
    return work + maxDim(elementCount(node.shape)) * maxDim(inner)
  }, 0)
}

class Cut {
  private readonly parameters: readonly Node[]
  private readonly carries: number
  private readonly from: number
  private readonly to: number
  private readonly done = new Map<Node, Node>()
  private readonly whole = new Map<Node, boolean>()

  constructor(parameters: readonly Node[], carries: number, from: number, to: number) {
    this.parameters = parameters
    this.carries = carries
    this.from = from
    this.to = to
  }

  /** Whether a parameter is needed by rows; a carry that nothing reads is, too. */
  holdsRows(parameter: Node): boolean {
    if (this.done.has(parameter)) return true
    return this.parameters.indexOf(parameter) < this.carries && parameter.shape[0] === this.from
  }

  /** The part of a value whose first axis is the rows. */
  rows(node: Node): Node {
    const old = this.done.get(node)
    if (old !== undefined) return old
    if (node.shape[0] !== this.from) throw new NotByRows()
    const made = this.make(node)
    this.done.set(node, made)
    return made
  }

  private fewer(shape: Dims): Dims {
    return [this.to, ...shape.slice(1)]
  }

  private make(node: Node): Node {
    const { op } = node
    const all = (): Node[] => node.inputs.map((x) => this.rows(x))
    const [first, second] = node.inputs
    switch (op.name) {
      case 'parameter':
        if (this.whole.get(node) === true) throw new NotByRows()
        this.whole.set(node, false)
        return parameterNode(op.label, { dtype: node.dtype, shape: this.fewer(node.shape) })
      case 'fill':
        return makeNode({ ...op, shape: this.fewer(op.shape) }, [])
      case 'iota':
        if (op.axis === 0) break
        return makeNode({ ...op, shape: this.fewer(op.shape) }, [])
      case 'unary':
      case 'binary':
      case 'compare':
      case 'where':
      case 'cast':
      case 'stopGradient':
        return makeNode(op, all())
      case 'expand':
        if (first === undefined) break
        return makeNode({ ...op, shape: this.fewer(op.shape) }, [first.shape[0] === 1 ? this.shared(first) : this.rows(first)])
      case 'reshape':
        return makeNode({ ...op, shape: this.fewer(op.shape) }, all())
      case 'permute':
        if (op.axes[0] !== 0) break
        return makeNode(op, all())
      case 'slice':
        if (op.starts[0] !== 0 || op.strides[0] !== 1 || first?.shape[0] !== this.from) break
        return makeNode({ ...op, sizes: this.fewer(op.sizes) }, all())
      case 'pad':
        if (op.low[0] !== 0 || op.high[0] !== 0 || op.interior[0] !== 0) break
        return makeNode(op, all())
      case 'flip':
        if (op.axes.includes(0)) break
        return makeNode(op, all())
      case 'concat':
      case 'argReduce':
      case 'cumulative':
        if (op.axis === 0) break
        return makeNode(op, all())
      case 'reduce':
        if (op.axes.includes(0)) break
        return makeNode(op, all())
      case 'dot': {
        if (first === undefined || second === undefined || op.lhsContract.includes(0)) break
        if (op.lhsBatch.length === 0) return makeNode(op, [this.rows(first), this.shared(second)])
        if (op.lhsBatch[0] !== 0 || op.rhsBatch[0] !== 0) break
        return makeNode(op, all())
      }
      default:
        break
    }
    throw new NotByRows()
  }

  /** A value that every part sees whole: nothing in it may come from rows. */
  private shared(node: Node): Node {
    for (const x of topologicalOrder([node])) {
      if (x.op.name !== 'parameter') continue
      // What changes from step to step is known by rows alone.
      if (this.parameters.indexOf(x) < this.carries || this.whole.get(x) === false) throw new NotByRows()
      this.whole.set(x, true)
    }
    return node
  }
}

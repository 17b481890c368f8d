// Lowering: the value of a node at a point, as a scalar expression over what is stored. Movement primitives turn into index
// arithmetic here, so that a chain of them costs nothing.

import { type Dim, subtractDims } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import {
  addIndex,
  constantIndex,
  divideIndex,
  type Index,
  indexKey,
  linearIndex,
  pointAt,
  scaleIndex,
  valueIndex,
  zeroIndex,
} from './index-expression.ts'
import type { Bound, Expression } from './loop-ir.ts'

const elementwise = new Set(['fill', 'iota', 'unary', 'binary', 'compare', 'where', 'cast', 'stopGradient', 'randomBits'])
const movement = new Set(['reshape', 'permute', 'expand', 'pad', 'slice', 'flip', 'concat', 'gather', 'dynamicSlice', 'dynamicUpdateSlice'])

/** Primitives that a consumer can compute in place, at any point, without a kernel of their own. */
export function isInline(node: Node): boolean {
  return elementwise.has(node.op.name) || movement.has(node.op.name)
}

export function isMovement(node: Node): boolean {
  return movement.has(node.op.name)
}

/** Values that exist before the program runs. */
export function isSource(node: Node): boolean {
  return node.op.name === 'parameter' || node.op.name === 'data'
}

/** Builds expressions; equal points of equal nodes give the same object. */
export class Lowering {
  private readonly memo = new Map<string, Expression>()
  private readonly stored: (node: Node) => boolean
  private readonly locals: ReadonlySet<Node>

  constructor(stored: (node: Node) => boolean, locals: ReadonlySet<Node> = new Set()) {
    this.stored = stored
    this.locals = locals
  }

  /** The value of `node` at `point`: a load if it is stored, else its definition. */
  valueAt(node: Node, point: readonly Index[]): Expression {
    if (this.locals.has(node)) return this.once(node.id, [], () => ({ kind: 'local', node, dtype: node.dtype }))
    if (!this.stored(node)) return this.definitionAt(node, point)
    const index = linearIndex(point, node.shape)
    return this.once(node.id, [index], () => ({ kind: 'load', from: node, index, dtype: node.dtype }))
  }

  private once(id: number, point: readonly Index[], make: () => Expression): Expression {
    const key = `${id}@${point.map(indexKey).join(',')}`
    const old = this.memo.get(key)
    if (old !== undefined) return old
    const expression = make()
    this.memo.set(key, expression)
    return expression
  }

  /** The value of `node` at `point` from its inputs, even if it is stored. */
  definitionAt(node: Node, point: readonly Index[]): Expression {
    return this.once(-node.id - 1, point, () => this.define(node, point))
  }

  private input(node: Node, i: number): Node {
    const input = node.inputs[i]
    if (input === undefined) throw new DeviceError(`compiler: expected input ${i} of ${node.op.name}, the node has ${node.inputs.length}.`)
    return input
  }

  private define(node: Node, point: readonly Index[]): Expression {
    const { op, dtype } = node
    switch (op.name) {
      case 'fill':
        return { kind: 'constant', value: op.value, dtype }
      case 'iota':
        return { kind: 'index', index: point[op.axis] ?? zeroIndex, dtype }
      case 'unary':
        return { kind: 'unary', fn: op.fn, x: this.valueAt(this.input(node, 0), point), dtype }
      case 'binary':
        return { kind: 'binary', fn: op.fn, a: this.valueAt(this.input(node, 0), point), b: this.valueAt(this.input(node, 1), point), dtype }
      case 'compare':
        return {
          kind: 'compare',
          fn: op.fn,
          a: this.valueAt(this.input(node, 0), point),
          b: this.valueAt(this.input(node, 1), point),
          dtype: 'bool',
        }
      case 'where':
        return {
          kind: 'where',
          condition: this.valueAt(this.input(node, 0), point),
          a: this.valueAt(this.input(node, 1), point),
          b: this.valueAt(this.input(node, 2), point),
          dtype,
        }
      case 'cast': {
        const x = this.valueAt(this.input(node, 0), point)
        return x.dtype === dtype ? x : { kind: 'cast', x, dtype }
      }
      case 'stopGradient':
        return this.valueAt(this.input(node, 0), point)
      case 'randomBits': {
        const key = this.input(node, 0)
        return {
          kind: 'randomBits',
          key0: this.valueAt(key, [zeroIndex]),
          key1: this.valueAt(key, [constantIndex(1)]),
          counter: linearIndex(point, node.shape),
          dtype: 'u32',
        }
      }
      case 'reshape': {
        const input = this.input(node, 0)
        return this.valueAt(input, reshapePoint(point, node.shape, input.shape))
      }
      case 'permute': {
        const source: Index[] = new Array<Index>(point.length).fill(zeroIndex)
        op.axes.forEach((from, i) => {
          source[from] = point[i] ?? zeroIndex
        })
        return this.valueAt(this.input(node, 0), source)
      }
      case 'expand': {
        const input = this.input(node, 0)
        return this.valueAt(
          input,
          point.map((p, i) => (input.shape[i] === 1 ? zeroIndex : p)),
        )
      }
      case 'slice':
        return this.valueAt(
          this.input(node, 0),
          point.map((p, i) => addIndex(scaleIndex(p, op.strides[i] ?? 1), constantIndex(op.starts[i] ?? 0))),
        )
      case 'flip': {
        const input = this.input(node, 0)
        return this.valueAt(
          input,
          point.map((p, i) => (op.axes.includes(i) ? addIndex(constantIndex(subtractDims(input.shape[i] ?? 1, 1)), scaleIndex(p, -1)) : p)),
        )
      }
      case 'pad': {
        const input = this.input(node, 0)
        const bounds: Bound[] = []
        const source = point.map((p, i) => {
          const low = op.low[i] ?? 0
          const step = (op.interior[i] ?? 0) + 1
          const shifted = addIndex(p, constantIndex(-low))
          if (low === 0 && step === 1 && (op.high[i] ?? 0) === 0) return p
          bounds.push({ index: shifted, size: spread(input.shape[i] ?? 1, step), step })
          return divideIndex(shifted, step)
        })
        const value = this.valueAt(input, source)
        if (bounds.length === 0) return value
        return { kind: 'guard', bounds, value, otherwise: { kind: 'constant', value: op.value, dtype }, dtype }
      }
      case 'concat': {
        let result: Expression | undefined
        let start: Dim = 0
        const parts = node.inputs.map((input) => {
          const from = start
          const size = input.shape[op.axis] ?? 1
          start = subtractDims(start, subtractDims(0, size))
          return { input, from, size }
        })
        for (const { input, from, size } of parts.reverse()) {
          const local = addIndex(point[op.axis] ?? zeroIndex, constantIndex(subtractDims(0, from)))
          const value = this.valueAt(
            input,
            point.map((p, i) => (i === op.axis ? local : p)),
          )
          result = result === undefined ? value : { kind: 'guard', bounds: [{ index: local, size, step: 1 }], value, otherwise: result, dtype }
        }
        if (result === undefined) throw new DeviceError('compiler: concat needs at least one input.')
        return result
      }
      case 'gather': {
        const [source, indices] = [this.input(node, 0), this.input(node, 1)]
        const rank = indices.shape.length
        const at = valueIndex(this.valueAt(indices, point.slice(op.axis, op.axis + rank)))
        const value = this.valueAt(source, [...point.slice(0, op.axis), at, ...point.slice(op.axis + rank)])
        const bounds = [{ index: at, size: source.shape[op.axis] ?? 1, step: 1 }]
        return { kind: 'guard', bounds, value, otherwise: { kind: 'constant', value: 0, dtype }, dtype }
      }
      case 'dynamicSlice': {
        const source = this.input(node, 0)
        return this.valueAt(
          source,
          point.map((p, i) => addIndex(p, this.start(node, 1 + i, subtractDims(source.shape[i] ?? 1, node.shape[i] ?? 1)))),
        )
      }
      case 'dynamicUpdateSlice': {
        const [target, update] = [this.input(node, 0), this.input(node, 1)]
        const local = point.map((p, i) => {
          const start = this.start(node, 2 + i, subtractDims(target.shape[i] ?? 1, update.shape[i] ?? 1))
          return addIndex(p, scaleIndex(start, -1))
        })
        const bounds = local.map((index, i): Bound => ({ index, size: update.shape[i] ?? 1, step: 1 }))
        return { kind: 'guard', bounds, value: this.valueAt(update, local), otherwise: this.valueAt(target, point), dtype }
      }
      default:
        throw new DeviceError(`compiler: '${op.name}' cannot be computed inside another kernel; it must be stored first.`)
    }
  }

  private start(node: Node, input: number, high: Dim): Index {
    const x = this.valueAt(this.input(node, input), [])
    return valueIndex(this.once(node.id, [constantIndex(-input)], () => ({ kind: 'clamp', x, low: 0, high, dtype: 'i32' })))
  }
}

/** Extent of `size` elements that stand `step` apart. */
function spread(size: Dim, step: number): Dim {
  if (step === 1) return size
  if (typeof size !== 'number') throw new DeviceError('compiler: interior padding needs a size known when the program is built.')
  return size === 0 ? 0 : (size - 1) * step + 1
}

/** The point in `to` with the row-major position of `point` in `from`; equal leading and trailing axes are kept as they are. */
function reshapePoint(point: readonly Index[], from: readonly Dim[], to: readonly Dim[]): Index[] {
  return pointAt(linearIndex(point, from), to)
}

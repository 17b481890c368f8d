// Broadcasting and promotion as NumPy has them, on nodes: what lets two operands meet in one elementwise primitive.

import { type Dim, type Dims, sameDim, sameDims, showDims } from '../dimension.ts'
import { type DType, isFloat, promote } from '../dtype.ts'
import { ShapeError } from '../errors.ts'
import { makeNode, type Node } from '../graph.ts'
import { Tensor } from '../tensor.ts'

/** What an operation takes: a tensor, or a number that takes the tensor's dtype. */
export type Operand = Tensor | number

export function fillNode(value: number, shape: Dims, dtype: DType): Node {
  return makeNode({ name: 'fill', value, shape, dtype })
}

export function castNode(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x
  if (x.op.name === 'fill' && isFloat(dtype) && isFloat(x.dtype)) return fillNode(x.op.value, x.shape, dtype)
  return makeNode({ name: 'cast', dtype }, [x])
}

export function reshapeNode(x: Node, shape: Dims): Node {
  return sameDims(x.shape, shape) ? x : makeNode({ name: 'reshape', shape }, [x])
}

/** The shape both fit, or a ShapeError that names both. */
export function broadcastDims(where: string, a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length)
  const out: Dim[] = []
  for (let i = 0; i < rank; i++) {
    const x = a[i - (rank - a.length)] ?? 1
    const y = b[i - (rank - b.length)] ?? 1
    if (sameDim(x, y) || y === 1) out.push(x)
    else if (x === 1) out.push(y)
    else {
      throw new ShapeError(
        `${where}: expected shapes that broadcast, got ${showDims(a)} and ${showDims(b)}. ` +
          `Sizes must be equal or 1 counted from the right; ${String(x)} and ${String(y)} are not.`,
      )
    }
  }
  return out
}

/** `x` repeated to `shape`. */
export function broadcastNode(x: Node, shape: Dims, where = 'broadcastTo'): Node {
  if (sameDims(x.shape, shape)) return x
  if (!sameDims(broadcastDims(where, x.shape, shape), shape)) {
    throw new ShapeError(`${where}: expected a shape that ${showDims(x.shape)} broadcasts to, got ${showDims(shape)}. Reduce it first.`)
  }
  if (x.op.name === 'fill') return fillNode(x.op.value, shape, x.dtype)
  const padded: Dims = [...new Array<Dim>(shape.length - x.shape.length).fill(1), ...x.shape]
  const reshaped = reshapeNode(x, padded)
  return sameDims(padded, shape) ? reshaped : makeNode({ name: 'expand', shape }, [reshaped])
}

function weakDType(value: number, dtype: DType): DType {
  if (isFloat(dtype)) return dtype
  if (!Number.isInteger(value)) return 'f32'
  return dtype === 'bool' ? 'i32' : dtype
}

/** Nodes of operands, numbers taking the dtype of the tensors they meet, all of one dtype and shape. */
export function meet(where: string, operands: readonly Operand[]): readonly Node[] {
  const tensors = operands.flatMap((x) => (typeof x === 'number' ? [] : [x.node]))
  const strong = tensors.map((x) => x.dtype).reduce<DType | undefined>((a, b) => (a === undefined ? b : promote(a, b)), undefined)
  let dtype: DType = strong ?? 'f32'
  for (const x of operands) if (typeof x === 'number' && strong !== undefined) dtype = promote(dtype, weakDType(x, strong))
  const shape = tensors.map((x) => x.shape).reduce<Dims>((a, b) => broadcastDims(where, a, b), [])
  return operands.map((x) => (typeof x === 'number' ? fillNode(x, shape, dtype) : broadcastNode(castNode(x.node, dtype), shape, where)))
}

/** A tensor of an operand; a number becomes an f32 scalar (or one of `dtype`). */
export function asTensor(x: Operand, dtype: DType = 'f32'): Tensor {
  return typeof x === 'number' ? new Tensor(fillNode(x, [], dtype)) : x
}

/** An axis counted from the end where it is negative, checked. */
export function normalizeAxis(where: string, axis: number, shape: Dims, extra = 0): number {
  const rank = shape.length + extra
  const positive = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new ShapeError(`${where}: expected an axis between ${-rank} and ${rank - 1} for ${showDims(shape)}, got ${axis}. Choose one of its axes.`)
  }
  return positive
}

/** One axis, several, or all where none is named; ascending. */
export function normalizeAxes(where: string, axes: number | readonly number[] | undefined, shape: Dims): number[] {
  if (axes === undefined) return shape.map((_, i) => i)
  const list = typeof axes === 'number' ? [axes] : axes
  const normal = list.map((a) => normalizeAxis(where, a, shape)).sort((a, b) => a - b)
  if (new Set(normal).size !== normal.length) throw new ShapeError(`${where}: expected different axes, got [${list.join(', ')}]. Name each once.`)
  return normal
}

// Arithmetic on nodes for the rules of differentiation and batching. Constants that those rules make (cotangents of ones, zeros of what
// does not take part) are folded here, so that the graphs they build are as small as if written by hand.

import { addDims, type Dim, type Dims, elementCount, multiplyDims, rowMajorStrides, sameDim, sameDims } from './dimension.ts'
import type { DType } from './dtype.ts'
import { elementOf, makeNode, type Node } from './graph.ts'
import { broadcastNode, castNode, fillNode, reshapeNode } from './ops/broadcast.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from './primitives.ts'

export { castNode, fillNode, reshapeNode }

/** The number that every element of a constant is. */
export function constantOf(x: Node): number | undefined {
  return x.op.name === 'fill' ? x.op.value : undefined
}

/** A constant of the dtype and shape of `x`. */
export function filledLike(x: { readonly dtype: DType; readonly shape: Dims }, value: number): Node {
  return fillNode(value, x.shape, x.dtype)
}

export function unary(fn: UnaryFunction, x: Node): Node {
  return makeNode({ name: 'unary', fn }, [x])
}

export function binary(fn: BinaryFunction, a: Node, b: Node): Node {
  return makeNode({ name: 'binary', fn }, [a, b])
}

export function compare(fn: CompareFunction, a: Node, b: Node): Node {
  return makeNode({ name: 'compare', fn }, [a, b])
}

export function add(a: Node, b: Node): Node {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x === 0) return b
  if (y === 0) return a
  return x !== undefined && y !== undefined ? filledLike(a, x + y) : binary('add', a, b)
}

export function subtract(a: Node, b: Node): Node {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (y === 0) return a
  if (x === 0) return negate(b)
  return x !== undefined && y !== undefined ? filledLike(a, x - y) : binary('subtract', a, b)
}

export function multiply(a: Node, b: Node): Node {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x === 0 || y === 1) return a
  if (y === 0 || x === 1) return b
  if (x === -1) return negate(b)
  if (y === -1) return negate(a)
  return x !== undefined && y !== undefined ? filledLike(a, x * y) : binary('multiply', a, b)
}

export function divide(a: Node, b: Node): Node {
  return constantOf(a) === 0 || constantOf(b) === 1 ? a : binary('divide', a, b)
}

/** x times a number. */
export function scale(x: Node, factor: number): Node {
  return multiply(x, filledLike(x, factor))
}

export function negate(x: Node): Node {
  const value = constantOf(x)
  if (value !== undefined) return filledLike(x, -value)
  const [inner] = x.inputs
  return x.op.name === 'unary' && x.op.fn === 'negate' && inner !== undefined ? inner : unary('negate', x)
}

/** `whenTrue` where the condition holds, `whenFalse` elsewhere; one value where both are the same constant. */
export function where(condition: Node, whenTrue: Node, whenFalse: Node): Node {
  const value = constantOf(whenTrue)
  if (value !== undefined && value === constantOf(whenFalse)) return whenTrue
  return makeNode({ name: 'where' }, [condition, whenTrue, whenFalse])
}

export function permute(x: Node, axes: readonly number[]): Node {
  if (axes.every((a, i) => a === i)) return x
  const value = constantOf(x)
  if (value === undefined) return makeNode({ name: 'permute', axes }, [x])
  return fillNode(
    value,
    axes.map((a) => x.shape[a] ?? 1),
    x.dtype,
  )
}

/** The order of axes that undoes `axes`. */
export function inverseOf(axes: readonly number[]): number[] {
  const inverse = new Array<number>(axes.length).fill(0)
  axes.forEach((a, i) => {
    inverse[a] = i
  })
  return inverse
}

/** Axis `from` moved to place `to`, the others in their order. */
export function moveAxis(x: Node, from: number, to: number): Node {
  const axes = x.shape.flatMap((_, i) => (i === from ? [] : [i]))
  axes.splice(to, 0, from)
  return permute(x, axes)
}

export function sum(x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return x
  const value = constantOf(x)
  const count = elementCount(axes.map((a) => x.shape[a] ?? 1))
  if (value === undefined || (typeof count !== 'number' && value !== 0)) return makeNode({ name: 'reduce', fn: 'sum', axes }, [x])
  const total = value === 0 ? 0 : value * Number(count)
  return fillNode(
    total,
    x.shape.filter((_, i) => !axes.includes(i)),
    x.dtype,
  )
}

/** `x` without `axes` (as a reduction leaves it), repeated along them to `shape`. */
export function restoreAxes(x: Node, axes: readonly number[], shape: Dims): Node {
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d))
  const value = constantOf(x)
  return value === undefined ? broadcastNode(reshapeNode(x, kept), shape) : fillNode(value, shape, x.dtype)
}

/** `x` with a new axis 0, repeated `size` times. */
export function repeatInFront(x: Node, size: Dim): Node {
  return restoreAxes(x, [0], [size, ...x.shape])
}

/** A size as a scalar tensor, whether it is known now or only when the program runs. */
function sizeNode(d: Dim, dtype: DType = 'i32'): Node {
  return typeof d === 'number'
    ? fillNode(d, [], dtype)
    : castNode(makeNode({ name: 'reduce', fn: 'sum', axes: [0] }, [fillNode(1, [d], 'i32')]), dtype)
}

/** A size in every element of a tensor of `shape`. */
export function sizeLike(d: Dim, like: { readonly dtype: DType; readonly shape: Dims }): Node {
  return broadcastNode(sizeNode(d, like.dtype), like.shape)
}

export function iota(shape: Dims, axis: number, dtype: DType = 'i32'): Node {
  return makeNode({ name: 'iota', shape, axis, dtype })
}

/** The block of `sizes` at `starts`; a symbolic start is read when the program runs. */
export function block(x: Node, starts: Dims, sizes: Dims): Node {
  if (sameDims(x.shape, sizes)) return x
  const value = constantOf(x)
  if (value !== undefined) return fillNode(value, sizes, x.dtype)
  const known = starts.filter((s) => typeof s === 'number')
  if (known.length === starts.length) return makeNode({ name: 'slice', starts: known, sizes, strides: starts.map(() => 1) }, [x])
  return makeNode({ name: 'dynamicSlice', sizes }, [x, ...starts.map((s) => sizeNode(s))])
}

/** Zeros of `shape` with `x` at `starts`: the transpose of {@link block}. */
export function placeBlock(x: Node, starts: Dims, shape: Dims): Node {
  if (sameDims(x.shape, shape)) return x
  if (constantOf(x) === 0) return fillNode(0, shape, x.dtype)
  const high = shape.map((d, i) => addDims(d, multiplyDims(addDims(x.shape[i] ?? 0, starts[i] ?? 0), -1)))
  const knownLow = starts.filter((s) => typeof s === 'number')
  const knownHigh = high.filter((s) => typeof s === 'number')
  if (knownLow.length === shape.length && knownHigh.length === shape.length) {
    return makeNode({ name: 'pad', low: knownLow, high: knownHigh, interior: shape.map(() => 0), value: 0 }, [x])
  }
  return makeNode({ name: 'dynamicUpdateSlice' }, [fillNode(0, shape, x.dtype), x, ...starts.map((s) => sizeNode(s))])
}

/** Positions in the row-major order of `shape` of the elements that `indices` choose along `axis`. */
function positionsAlong(indices: Node, axis: number, shape: Dims): Node {
  const wide = castNode(indices, 'i32')
  return rowMajorStrides(shape)
    .map((stride, i) => {
      const place = i === axis ? wide : iota(wide.shape, i)
      return sameDim(stride, 1) ? place : binary('multiply', place, sizeLike(stride, wide))
    })
    .reduce((a, b) => binary('add', a, b))
}

/** Elements of `x` that `indices` (of as many axes) choose along `axis`. */
export function takeAlong(x: Node, indices: Node, axis: number): Node {
  const flat = reshapeNode(x, [elementCount(x.shape)])
  return makeNode({ name: 'gather', axis: 0 }, [flat, positionsAlong(indices, axis, x.shape)])
}

/** `values` summed into zeros of `shape` at `indices` along `axis`: the transpose of {@link takeAlong}. */
export function scatterAlong(values: Node, indices: Node, axis: number, shape: Dims): Node {
  const size = elementCount(shape)
  const flat = makeNode({ name: 'scatterAdd', axis: 0, size }, [positionsAlong(indices, axis, shape), values])
  return reshapeNode(flat, shape)
}

/** A node with the value of `x` that nothing else uses: a name of its own. */
export function renamed(x: Node): Node {
  return makeNode({ name: 'reshape', shape: x.shape }, [x])
}

/** The results of a node that may have several. */
export function resultsOf(node: Node): Node[] {
  return node.types.map((_, i) => (node.types.length === 1 ? node : elementOf(node, i)))
}

// Reading and writing by index, order statistics, and the masks and one-hot rows that are comparisons of positions.

import { type Dim, type Dims, rowMajorStrides, showDims, staticDim } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { DTypeError, ShapeError } from '../errors.ts'
import { elementOf, makeNode } from '../graph.ts'
import { Tensor } from '../tensor.ts'
import { castNode, normalizeAxis } from './broadcast.ts'
import { binary, compare, where } from './elementwise.ts'
import { expandDims, reshape } from './movement.ts'

/** Positions along an axis of `shape`: element [.., i, ..] is i. */
export function iota(shape: Dims, axis = -1, dtype: DType = 'i32'): Tensor {
  return new Tensor(makeNode({ name: 'iota', shape, axis: normalizeAxis('iota', axis, shape), dtype }))
}

/** Slices of x by index along an axis; an index outside the range reads zeros. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return new Tensor(makeNode({ name: 'gather', axis: normalizeAxis('gather', axis, x.dims) }, [x.node, indices.node]))
}

/** Sums `updates` into zeros of `size` along `axis` at `indices`: the transpose of {@link gather}. */
export function scatterAdd(indices: Tensor, updates: Tensor, size: Dim, axis = 0): Tensor {
  return new Tensor(makeNode({ name: 'scatterAdd', axis, size }, [indices.node, updates.node]))
}

/** One element per index along an axis: result[i, j] = x[i, indices[i, j]] for the last axis of two. */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis = -1): Tensor {
  const at = normalizeAxis('takeAlongAxis', axis, x.dims)
  if (indices.rank !== x.rank) {
    throw new ShapeError(`takeAlongAxis: expected indices of ${x.rank} axes for ${showDims(x.dims)}, got ${showDims(indices.dims)}. Add an axis.`)
  }
  const strides = rowMajorStrides(x.dims).map((s) => staticDim(s, 'takeAlongAxis'))
  const zero: Tensor = binary('multiply', indices, strides[at] ?? 1)
  const flat = strides.reduce<Tensor>(
    (position, stride, i) => (i === at ? position : binary('add', position, binary('multiply', iota(indices.dims, i, indices.dtype), stride))),
    zero,
  )
  return gather(reshape(x, [-1]), flat, 0)
}

/** Rows of zeros with a one at the index: a comparison with positions, so that it fuses. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = 'f32'): Tensor {
  if (!['i32', 'i64', 'u32', 'i8', 'u8'].includes(indices.dtype)) {
    throw new DTypeError(`oneHot: expected integer indices, got ${indices.dtype}. Cast them to i32.`)
  }
  const wide = indices.dtype === 'i64' ? indices : new Tensor(castNode(indices.node, 'i32'))
  const positions = iota([...indices.dims, depth], -1, wide.dtype)
  return new Tensor(castNode(compare('equal', expandDims(wide, -1), positions).node, dtype))
}

/** Elements in ascending (or descending) order along an axis; stable. */
export function sort(x: Tensor, axis = -1, { descending = false }: { readonly descending?: boolean } = {}): Tensor {
  return new Tensor(elementOf(makeNode({ name: 'sort', axis: normalizeAxis('sort', axis, x.dims), descending }, [x.node]), 0))
}

/** Indices (i32) that sort along an axis; stable. */
export function argsort(x: Tensor, axis = -1, { descending = false }: { readonly descending?: boolean } = {}): Tensor {
  return new Tensor(elementOf(makeNode({ name: 'sort', axis: normalizeAxis('argsort', axis, x.dims), descending }, [x.node]), 1))
}

/** The k largest elements of the last axis, largest first, and their indices (i32). */
export function topK(x: Tensor, k: number): { readonly values: Tensor; readonly indices: Tensor } {
  const node = makeNode({ name: 'topK', k }, [x.node])
  return { values: new Tensor(elementOf(node, 0)), indices: new Tensor(elementOf(node, 1)) }
}

function triangle(x: Tensor, keep: 'lower' | 'upper', diagonal: number): Tensor {
  const row = binary('add', iota(x.dims, -2), diagonal)
  return where(compare(keep === 'lower' ? 'lessEqual' : 'greaterEqual', iota(x.dims, -1), row), x, 0)
}

/** x on and below the diagonal of the last two axes, zero above. */
export const tril = (x: Tensor, diagonal = 0): Tensor => triangle(x, 'lower', diagonal)
/** x on and above the diagonal of the last two axes, zero below. */
export const triu = (x: Tensor, diagonal = 0): Tensor => triangle(x, 'upper', diagonal)

const startNodes = (starts: readonly (Tensor | number)[]) =>
  starts.map((s) => (typeof s === 'number' ? makeNode({ name: 'fill', value: s, shape: [], dtype: 'i32' }) : castNode(s.node, 'i32')))

/** A block whose start is computed; starts are clamped so that it fits. */
export function dynamicSlice(x: Tensor, starts: readonly (Tensor | number)[], sizes: Dims): Tensor {
  return new Tensor(makeNode({ name: 'dynamicSlice', sizes }, [x.node, ...startNodes(starts)]))
}

/** x with a block replaced at a computed start; starts are clamped so that it fits. */
export function dynamicUpdateSlice(x: Tensor, update: Tensor, starts: readonly (Tensor | number)[]): Tensor {
  return new Tensor(makeNode({ name: 'dynamicUpdateSlice' }, [x.node, update.node, ...startNodes(starts)]))
}

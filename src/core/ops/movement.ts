// Movement: the same elements in another arrangement.

import { type Dim, type Dims, divideDims, elementCount, multiplyDims, showDims, staticDim, subtractDims } from '../dimension.ts'
import { promote } from '../dtype.ts'
import { ShapeError } from '../errors.ts'
import { makeNode, type Node } from '../graph.ts'
import type {
  BroadcastTo,
  Concat,
  ExpandDims,
  Fits,
  Permute,
  Reshape,
  Shape,
  Show,
  ShowAll,
  ShowAxes,
  Sizes,
  Slice,
  Squeeze,
  Transpose,
} from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { broadcastNode, castNode, normalizeAxes, normalizeAxis, reshapeNode } from './broadcast.ts'
import type { ShapeOf } from './elementwise.ts'

/** Sizes that hold the elements of a shape, or a type that says why not. */
export type Reshapes<S extends Shape, D extends Dims> = D &
  Fits<Reshape<S, Sizes<D>>, `reshape: [${Show<S>}] and [${Show<Sizes<D>>}] hold different numbers of elements`>
/** An order of all axes of a shape, or a type that says why not. */
export type Permutes<S extends Shape, P extends Shape> = P &
  Fits<Permute<S, P>, `permute: [${Show<P>}] does not name every axis of [${Show<S>}] once`>
/** A place for a new axis, or a type that says why not. */
export type ExpandsAt<S extends Shape, X extends number> = X & Fits<ExpandDims<S, X>, `expandDims: axis ${X} is not a place in [${Show<S>}]`>
/** Axes of size 1, or a type that says why not. */
export type Squeezes<S extends Shape, X extends number | Shape | undefined> = X &
  Fits<Squeeze<S, X>, `squeeze: axes ${ShowAxes<X>} of [${Show<S>}] are not all of size 1`>
/** Sizes that a shape broadcasts to, or a type that says why not. */
export type BroadcastsTo<S extends Shape, D extends Dims> = D &
  Fits<BroadcastTo<S, Sizes<D>>, `broadcastTo: [${Show<S>}] does not broadcast to [${Show<Sizes<D>>}]`>
/** Starts of a block that lies inside a shape, or a type that says why not. */
export type SlicesFrom<S extends Shape, From extends Shape, Counts extends Dims, Steps extends Shape> = From &
  Fits<Slice<S, From, Sizes<Counts>, Steps>, `slice: starts [${Show<From>}] and sizes [${Show<Sizes<Counts>>}] leave [${Show<S>}]`>
/** Shapes of tensors. */
export type ShapesOf<T extends readonly Tensor[]> = { readonly [K in keyof T]: ShapeOf<T[K]> }
/** Tensors whose shapes are equal outside an axis, or a type that says they are not. */
export type Concatenates<T extends readonly Tensor[], X extends number> = T &
  Fits<Concat<ShapesOf<T>, X>, `concat: shapes ${ShowAll<ShapesOf<T>>} differ outside axis ${X}`>

/** The same elements in row-major order with another shape; one size may be -1. */
export function reshape<S extends Shape, const D extends Dims>(x: Tensor<S>, shape: Reshapes<S, D>): Tensor<Reshape<S, Sizes<D>>> {
  return new Tensor<Reshape<S, Sizes<D>>>(reshapeNode(x.node, completeSizes(x, shape)))
}

/** `shape` with its -1 replaced by what is left. */
function completeSizes(x: Tensor, shape: Dims): Dims {
  const open = shape.indexOf(-1)
  if (open < 0) return shape
  const known = elementCount(shape.filter((_, i) => i !== open))
  const total = elementCount(x.dims)
  const rest = known === 0 ? (total === 0 ? 0 : undefined) : divideDims(total, known)
  if (rest === undefined || shape.indexOf(-1, open + 1) >= 0) {
    throw new ShapeError(
      `reshape: expected one -1 whose size divides ${String(total)} elements of ${showDims(x.dims)}, got ${showDims(shape)}. Write all sizes.`,
    )
  }
  return shape.map((d, i) => (i === open ? rest : d))
}

/** Axes in another order; `axes[i]` is the old axis that becomes axis i. */
export function permute<S extends Shape, const P extends Shape>(x: Tensor<S>, axes: Permutes<S, P>): Tensor<Permute<S, P>> {
  const normal = axes.map((a) => normalizeAxis('permute', a, x.dims))
  const same = normal.length === x.rank && normal.every((a, i) => a === i)
  return new Tensor<Permute<S, P>>(same ? x.node : makeNode({ name: 'permute', axes: normal }, [x.node]))
}

/** The last two axes exchanged. */
export function transpose<S extends Shape>(x: Tensor<S>): Tensor<Transpose<S>> {
  const rank = x.rank
  if (rank < 2) return new Tensor<Transpose<S>>(x.node)
  const axes = [...new Array(rank - 2).keys(), rank - 1, rank - 2]
  return new Tensor<Transpose<S>>(makeNode({ name: 'permute', axes }, [x.node]))
}

/** A new axis of size 1 at `axis` of the result. */
export function expandDims<S extends Shape, const X extends number>(x: Tensor<S>, axis: ExpandsAt<S, X>): Tensor<ExpandDims<S, X>> {
  const at = normalizeAxis('expandDims', axis, x.dims, 1)
  return new Tensor<ExpandDims<S, X>>(reshapeNode(x.node, [...x.dims.slice(0, at), 1, ...x.dims.slice(at)]))
}

/** Axes of size 1 removed: the named ones, or all. */
export function squeeze<S extends Shape, const X extends number | Shape | undefined = undefined>(
  x: Tensor<S>,
  axes?: Squeezes<S, X>,
): Tensor<Squeeze<S, X>> {
  const named = axes === undefined ? x.dims.flatMap((d, i) => (d === 1 ? [i] : [])) : normalizeAxes('squeeze', axes, x.dims)
  for (const axis of named) {
    if (x.dims[axis] !== 1) throw new ShapeError(`squeeze: expected size 1 on axis ${axis}, got ${showDims(x.dims)}. Name another axis.`)
  }
  return new Tensor<Squeeze<S, X>>(
    reshapeNode(
      x.node,
      x.dims.filter((_, i) => !named.includes(i)),
    ),
  )
}

/** x repeated along axes of size 1 (and new leading axes) to `shape`. */
export function broadcastTo<S extends Shape, const D extends Dims>(x: Tensor<S>, shape: BroadcastsTo<S, D>): Tensor<Sizes<D>> {
  return new Tensor<Sizes<D>>(broadcastNode(x.node, shape))
}

/** A block: `starts` (negative from the end), `sizes` (-1 or missing: the rest), `strides`; axes not named are whole. */
export function slice<S extends Shape, const From extends Shape, const Counts extends Dims = readonly [], const Steps extends Shape = readonly []>(
  x: Tensor<S>,
  starts: SlicesFrom<S, From, Counts, Steps>,
  sizes?: Counts,
  strides?: Steps,
): Tensor<Slice<S, From, Sizes<Counts>, Steps>> {
  return new Tensor<Slice<S, From, Sizes<Counts>, Steps>>(sliceNode(x, starts, sizes ?? [], strides ?? []))
}

function sliceNode(x: Tensor, starts: Shape, sizes: Dims, strides: Shape): Node {
  if (starts.length > x.rank || sizes.length > x.rank) {
    throw new ShapeError(
      `slice: expected at most ${x.rank} starts and sizes for ${showDims(x.dims)}, got ${starts.length} and ${sizes.length}. Give one per axis.`,
    )
  }
  const from = x.dims.map((d, i) => {
    const start = starts[i] ?? 0
    return start < 0 ? start + staticDim(d, 'slice') : start
  })
  const steps = x.dims.map((_, i) => strides[i] ?? 1)
  const counts = x.dims.map((d, i): Dim => {
    const size = sizes[i] ?? -1
    const [start, stride] = [from[i] ?? 0, steps[i] ?? 1]
    if (size !== -1) return size
    const rest = subtractDims(d, start)
    return stride === 1 ? rest : Math.max(0, Math.ceil(staticDim(rest, 'slice') / stride))
  })
  if (from.every((s) => s === 0) && steps.every((s) => s === 1) && counts.every((c, i) => c === x.dims[i])) return x.node
  return makeNode({ name: 'slice', starts: from, sizes: counts, strides: steps }, [x.node])
}

/** `value` around (and `interior` times between) the elements; negative paddings crop. */
export function pad(
  x: Tensor,
  paddings: readonly (readonly [low: number, high: number])[],
  options: { readonly value?: number; readonly interior?: readonly number[] } = {},
): Tensor {
  const low = paddings.map(([l]) => l)
  const high = paddings.map(([, h]) => h)
  const interior = options.interior ?? paddings.map(() => 0)
  return new Tensor(makeNode({ name: 'pad', low, high, interior, value: options.value ?? 0 }, [x.node]))
}

/** Elements in reverse order along the axes. */
export function flip<S extends Shape>(x: Tensor<S>, axes?: number | readonly number[]): Tensor<S> {
  return new Tensor<S>(makeNode({ name: 'flip', axes: normalizeAxes('flip', axes, x.dims) }, [x.node]))
}

/** Tensors one after another along an axis that exists. */
export function concat<const T extends readonly Tensor[], const X extends number = 0>(
  tensors: Concatenates<T, X>,
  axis?: X,
): Tensor<Concat<ShapesOf<T>, X>> {
  return new Tensor<Concat<ShapesOf<T>, X>>(concatNode(tensors, axis ?? 0))
}

function concatNode(tensors: readonly Tensor[], axis: number): Node {
  const [first, ...rest] = tensors
  if (first === undefined) throw new ShapeError('concat: expected at least one tensor, got none. Pass a non-empty list.')
  const dtype = rest.reduce((d, t) => promote(d, t.dtype), first.dtype)
  if (rest.length === 0) return first.node
  return makeNode(
    { name: 'concat', axis: normalizeAxis('concat', axis, first.dims) },
    tensors.map((t) => castNode(t.node, dtype)),
  )
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors
  if (first === undefined) throw new ShapeError('stack: expected at least one tensor, got none. Pass a non-empty list.')
  const at = normalizeAxis('stack', axis, first.dims, 1)
  return concat(
    tensors.map((t) => expandDims(t, at)),
    at,
  )
}

/** Parts along an axis: a number of equal ones, or their sizes. */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis('split', axis, x.dims)
  const size = staticDim(x.dims[at] ?? 0, 'split')
  if (typeof parts === 'number' && size % parts !== 0) {
    throw new ShapeError(`split: expected a number of parts that divides axis ${at} of ${showDims(x.dims)}, got ${parts}. Give the sizes instead.`)
  }
  const sizes = typeof parts === 'number' ? new Array<number>(parts).fill(size / parts) : parts
  if (sizes.reduce((a, b) => a + b, 0) !== size) {
    throw new ShapeError(`split: expected sizes that add up to ${size}, got [${sizes.join(', ')}]. Change one of them.`)
  }
  let start = 0
  return sizes.map((count) => {
    const starts = x.dims.map((_, i) => (i === at ? start : 0))
    start += count
    return slice(
      x,
      starts,
      x.dims.map((d, i) => (i === at ? count : d)),
    )
  })
}

/** x repeated `repeats[i]` times along axis i. */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  const rank = Math.max(x.rank, repeats.length)
  const dims: Dims = [...new Array<Dim>(rank - x.rank).fill(1), ...x.dims]
  const times = [...new Array<number>(rank - repeats.length).fill(1), ...repeats]
  const paired = reshape(
    x,
    dims.flatMap((d): Dim[] => [1, d]),
  )
  const repeated = broadcastTo(
    paired,
    dims.flatMap((d, i): Dim[] => [times[i] ?? 1, d]),
  )
  return reshape(
    repeated,
    dims.map((d, i) => multiplyDims(d, times[i] ?? 1)),
  )
}

// Axes moved, added, turned; elements in reverse order, shifted, repeated.

import {
  broadcastTo,
  concat,
  ConfigError,
  type Dim,
  expandDims as expandOne,
  flip,
  gather,
  multiplyDims,
  normalizeAxis,
  permute,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  slice,
  squeeze,
  staticDim,
  subtract,
  Tensor,
  tensor,
  tile as tileOf,
} from '../../core/index.ts'

/** Axes in another order: `axes[i]` is the old axis that becomes axis i. Default: reversed. */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const order = axes ?? x.dims.map((_, i) => x.rank - 1 - i)
  if (order.length !== x.rank) {
    throw new ShapeError(`transpose: expected the ${x.rank} axes of ${showDims(x.dims)}, got [${order.join(', ')}]. Name each once.`)
  }
  return permute(x, order)
}

/** Two axes exchanged. */
export function swapaxes(x: Tensor, axis1: number, axis2: number): Tensor {
  const [a, b] = [normalizeAxis('swapaxes', axis1, x.dims), normalizeAxis('swapaxes', axis2, x.dims)]
  return permute(
    x,
    x.dims.map((_, i) => (i === a ? b : i === b ? a : i)),
  )
}

const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value)

/** Axes moved to other places; the rest keep their order. */
export function moveaxis(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const from = listOf(source).map((axis) => normalizeAxis('moveaxis', axis, x.dims))
  const to = listOf(destination).map((axis) => normalizeAxis('moveaxis', axis, x.dims))
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ShapeError(
      `moveaxis: expected as many different sources as destinations, got [${listOf(source).join(', ')}] and [${listOf(destination).join(', ')}]. Pair them.`,
    )
  }
  const rest = x.dims.flatMap((_, i) => (from.includes(i) ? [] : [i]))[Symbol.iterator]()
  const order = x.dims.map((_, i): number => (to.includes(i) ? from[to.indexOf(i)] : rest.next().value) ?? 0)
  return permute(x, order)
}

/** New axes of size 1 at these places of the result. */
export function expandDims(x: Tensor, axis: number | readonly number[]): Tensor {
  const axes = listOf(axis)
  const places = axes.map((a) => normalizeAxis('expandDims', a, x.dims, axes.length)).sort((a, b) => a - b)
  if (new Set(places).size !== places.length) throw new ShapeError(`expandDims: expected different axes, got [${axes.join(', ')}]. Name each once.`)
  return places.reduce<Tensor>((y, place) => expandOne(y, place), x)
}

/** All elements along one axis. */
export const ravel = (x: Tensor): Tensor => reshape(x, [-1])

/** Rows in reverse order: axis 0. */
export const flipud = <S extends Shape>(x: Tensor<S>): Tensor<S> => flip(x, 0)
/** Columns in reverse order: axis 1. */
export const fliplr = <S extends Shape>(x: Tensor<S>): Tensor<S> => flip(x, 1)

export interface Rot90Options {
  /** Number of quarter turns from the first axis to the second. Default 1. */
  readonly k?: number
  /** The plane. Default [0, 1]. */
  readonly axes?: readonly [number, number]
}

/** x turned by quarter turns in a plane. */
export function rot90(x: Tensor, { k = 1, axes = [0, 1] }: Rot90Options = {}): Tensor {
  const [a, b] = [normalizeAxis('rot90', axes[0], x.dims), normalizeAxis('rot90', axes[1], x.dims)]
  if (a === b || !Number.isInteger(k)) {
    throw new ConfigError(`rot90: expected two different axes and a whole number of turns, got [${axes.join(', ')}] and ${k}. Change them.`)
  }
  switch (((k % 4) + 4) % 4) {
    case 1:
      return swapaxes(flip(x, b), a, b)
    case 2:
      return flip(x, [a, b])
    case 3:
      return flip(swapaxes(x, a, b), b)
    default:
      return x
  }
}

/** Elements shifted along axes, those that leave at the end entering at the start; without an axis, of the flattened tensor. */
export function roll(x: Tensor, shift: number | readonly number[], axis?: number | readonly number[]): Tensor {
  if (axis === undefined) {
    const total = listOf(shift).reduce((a, b) => a + b, 0)
    return reshape(rollAlong(ravel(x), total, 0), x.dims)
  }
  const axes = listOf(axis)
  const shifts = typeof shift === 'number' ? axes.map(() => shift) : shift
  if (shifts.length !== axes.length) {
    throw new ConfigError(`roll: expected a shift for each of ${axes.length} axes, got ${shifts.length}. Give one each, or one for all.`)
  }
  return axes.reduce((y, a, i) => rollAlong(y, shifts[i] ?? 0, normalizeAxis('roll', a, x.dims)), x)
}

function rollAlong(x: Tensor, shift: number, axis: number): Tensor {
  const size = staticDim(x.dims[axis] ?? 0, 'roll')
  const by = size === 0 ? 0 : ((shift % size) + size) % size
  return by === 0 ? x : concat([part(x, axis, size - by, by), part(x, axis, 0, size - by)], axis)
}

/** `count` positions along an axis. */
export function part(x: Tensor, axis: number, start: number, count: number): Tensor {
  return slice(
    x,
    x.dims.map((_, i) => (i === axis ? start : 0)),
    x.dims.map((d, i) => (i === axis ? count : d)),
  )
}

/** Every element `repeats` times (or as often as its entry in a list) along an axis; without an axis, of the flattened tensor. */
export function repeat(x: Tensor, repeats: number | readonly number[], axis?: number): Tensor {
  const [source, at] = axis === undefined ? [ravel(x), 0] : [x, normalizeAxis('repeat', axis, x.dims)]
  const counts = listOf(repeats)
  if (counts.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ConfigError(`repeat: expected whole numbers that are at least 0, got [${counts.join(', ')}]. Change them.`)
  }
  const [only] = counts
  if (only !== undefined && counts.length === 1) {
    const wide = expandOne(source, at + 1)
    const spread = broadcastTo(
      wide,
      wide.dims.map((d, i): Dim => (i === at + 1 ? only : d)),
    )
    return reshape(
      spread,
      source.dims.map((d, i): Dim => (i === at ? multiplyDims(d, only) : d)),
    )
  }
  const size = staticDim(source.dims[at] ?? 0, 'repeat')
  if (counts.length !== size) {
    throw new ConfigError(`repeat: expected one number, or one for each of ${size} elements, got ${counts.length}. Count the axis.`)
  }
  const indices = counts.flatMap((n, i) => new Array<number>(n).fill(i))
  return gather(source, tensor(indices, [indices.length], { dtype: 'i32' }), at)
}

/** x repeated `repeats[i]` times along axis i; one number for the last axis. */
export const tile = (x: Tensor, repeats: number | readonly number[]): Tensor => tileOf(x, listOf(repeats))

export interface DiffOptions {
  /** How often. Default 1. */
  readonly n?: number
  /** Default -1. */
  readonly axis?: number
}

/** Differences of neighbours along an axis, which becomes n shorter. */
export function diff(x: Tensor, { n = 1, axis = -1 }: DiffOptions = {}): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new ConfigError(`diff: expected n that is whole and at least 0, got ${n}. Choose 1 or more.`)
  const at = normalizeAxis('diff', axis, x.dims)
  let result = x
  for (let i = 0; i < n; i++) {
    const size = staticDim(result.dims[at] ?? 0, 'diff')
    const count = Math.max(size - 1, 0)
    const [later, earlier] = [part(result, at, Math.min(1, size), count), part(result, at, 0, count)]
    result = result.dtype === 'bool' ? later.notEqual(earlier) : subtract(later, earlier)
  }
  return result
}

export interface UnstackOptions {
  /** How many there are; checked where it is given. */
  readonly num?: number
  /** Default 0. */
  readonly axis?: number
}

/** The tensors that lie along an axis. */
export function unstack(x: Tensor, { num, axis = 0 }: UnstackOptions = {}): Tensor[] {
  const at = normalizeAxis('unstack', axis, x.dims)
  const size = staticDim(x.dims[at] ?? 0, 'unstack')
  if (num !== undefined && num !== size) {
    throw new ShapeError(`unstack: expected num to be the size of axis ${at} of ${showDims(x.dims)}, got ${num}. Leave it out.`)
  }
  return Array.from({ length: size }, (_, i) => squeeze(part(x, at, i, 1), at))
}

// Blocks and elements read and replaced.

import {
  cast,
  ConfigError,
  type Dims,
  dynamicSlice,
  dynamicUpdateSlice,
  expandDims,
  flip,
  gather,
  isFloat,
  less,
  reshape,
  ShapeError,
  showDims,
  slice as sliceOf,
  staticDim,
  Tensor,
  where,
} from '../../core/index.ts'

/** A start per axis: a number, or an integer scalar that is computed; or all of them in one integer vector. */
export type Starts = Tensor | readonly (number | Tensor)[]

function startsOf(where: string, x: Tensor, starts: Starts): readonly (number | Tensor)[] {
  const list = starts instanceof Tensor ? x.dims.map((_, i) => reshape(sliceOf(starts, [i], [1]), [])) : starts
  if (list.length !== x.rank || (starts instanceof Tensor && (starts.rank !== 1 || starts.dims[0] !== x.rank))) {
    throw new ShapeError(`${where}: expected a start for each axis of ${showDims(x.dims)}, got ${list.length}. Give one per axis.`)
  }
  return list
}

/** A block of `shape` (-1: the rest of an axis) at a start, which may be computed; computed starts are clamped so that the block fits. */
export function slice(x: Tensor, startIndices: Starts, shape: Dims): Tensor {
  const starts = startsOf('slice', x, startIndices)
  const numbers = starts.flatMap((start) => (typeof start === 'number' ? [start] : []))
  if (numbers.length === starts.length) return sliceOf(x, numbers, shape)
  const sizes = shape.map((size, i) => (size === -1 ? staticDim(x.dims[i] ?? 0, 'slice') - Number(starts[i]) : size))
  return dynamicSlice(x, starts, sizes)
}

/** x with the block at a start replaced by `updates`, which has x's rank. */
export function sliceUpdate(x: Tensor, startIndices: Starts, updates: Tensor): Tensor {
  return dynamicUpdateSlice(x, cast(updates, x.dtype), startsOf('sliceUpdate', x, startIndices))
}

/** Positions from start (included) to stop (excluded) in steps, as Python's slice: negative ones from the end. */
export interface Range {
  readonly start?: number
  readonly stop?: number
  readonly step?: number
}

/** What is taken along an axis: a position, a range, positions in an integer tensor; null is a new axis, '...' all axes not named. */
export type IndexItem = number | Range | Tensor | null | '...'

/**
 * `x[key]` as Python has it. Positions in a tensor replace their axis by theirs; only one item may be a tensor, and masks of bools, whose
 * results have no size that is known, are not taken.
 */
export function getItem(x: Tensor, key: IndexItem | readonly IndexItem[]): Tensor {
  const items = isList(key) ? key : [key]
  const named = items.filter((item) => item !== null && item !== '...').length
  const dots = items.filter((item) => item === '...').length
  if (named > x.rank || dots > 1 || items.filter((item) => item instanceof Tensor).length > 1) {
    throw new ShapeError(
      `getItem: expected at most ${x.rank} positions, one '...' and one tensor for ${showDims(x.dims)}, got ${named} positions in ${items.length} items. Take items one after another.`,
    )
  }
  const complete = dots === 1 ? items : [...items, '...' as const]
  let result = x
  let axis = 0
  for (const item of complete) {
    if (item === '...') axis += x.rank - named
    else if (item === null) result = expandDims(result, axis++)
    else if (typeof item === 'number') result = positionOf(result, item, axis)
    else if (item instanceof Tensor) {
      result = gather(result, countedFromStart(item, staticDim(result.dims[axis] ?? 0, 'getItem')), axis)
      axis += item.rank
    } else result = rangeOf(result, item, axis++)
  }
  return result
}

const isList = (key: IndexItem | readonly IndexItem[]): key is readonly IndexItem[] => Array.isArray(key)

function positionOf(x: Tensor, position: number, axis: number): Tensor {
  const size = staticDim(x.dims[axis] ?? 0, 'getItem')
  const at = position < 0 ? position + size : position
  if (!Number.isInteger(position) || at < 0 || at >= size) {
    throw new ShapeError(`getItem: expected a position between ${-size} and ${size - 1} on axis ${axis} of ${showDims(x.dims)}, got ${position}.`)
  }
  const block = rangeOf(x, { start: at, stop: at + 1 }, axis)
  return reshape(
    block,
    x.dims.filter((_, i) => i !== axis),
  )
}

function countedFromStart(indices: Tensor, size: number): Tensor {
  if (isFloat(indices.dtype) || indices.dtype === 'bool') {
    throw new ConfigError(`getItem: expected positions of an integer dtype, got ${indices.dtype}. Use where, or cast to i32.`)
  }
  return where(less(indices, 0), indices.add(size), indices)
}

function rangeOf(x: Tensor, { start, stop, step = 1 }: Range, axis: number): Tensor {
  if (!Number.isInteger(step) || step === 0) throw new ConfigError(`getItem: expected a step that is whole and not 0, got ${step}. Use 1 or -1.`)
  if (start === undefined && stop === undefined && step === 1) return x
  const size = staticDim(x.dims[axis] ?? 0, 'getItem')
  const bounded = (position: number, least: number, most: number) => Math.min(Math.max(position < 0 ? position + size : position, least), most)
  const along = (value: number, other: number): number[] => x.dims.map((_, i) => (i === axis ? value : other))
  if (step > 0) {
    const [from, to] = [bounded(start ?? 0, 0, size), bounded(stop ?? size, 0, size)]
    const count = Math.max(Math.ceil((to - from) / step), 0)
    return sliceOf(x, along(count === 0 ? 0 : from, 0), withSize(x, axis, count), along(step, 1))
  }
  // Backwards: the same of the flipped axis.
  const from = start === undefined ? size - 1 : bounded(start, -1, size - 1)
  const to = stop === undefined ? -1 : bounded(stop, -1, size - 1)
  const count = Math.max(Math.ceil((from - to) / -step), 0)
  return sliceOf(flip(x, axis), along(count === 0 ? 0 : size - 1 - from, 0), withSize(x, axis, count), along(-step, 1))
}

const withSize = (x: Tensor, axis: number, size: number): Dims => x.dims.map((d, i) => (i === axis ? size : d))

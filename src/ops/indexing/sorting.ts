// Order: sorting, the largest elements, searching in what is sorted.

import {
  argsort as argsortAlong,
  binary,
  cast,
  compare,
  ConfigError,
  type Dims,
  gather,
  greaterEqual,
  logicalAnd,
  logicalNot,
  normalizeAxis,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  sort as sortAlong,
  staticDim,
  takeAlongAxis,
  type Tensor,
  tensor,
  topK as topKAlong,
  where,
  zeros,
} from '../../core/index.ts'
import { flattened, sliceAt } from './positions.ts'

/** An axis, or `null` for all elements in row-major order. */
export type SortAxis = number | null

/** Option of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** From the largest. Default false. */
  readonly descending?: boolean
}

/** Elements in ascending order along an axis (the last by default, `null`: all together); stable, NaN last. */
export function sort(x: Tensor, axis: SortAxis = -1, options: SortOptions = {}): Tensor {
  return axis === null ? sortAlong(flattened(x), 0, options) : sortAlong(x, axis, options)
}

/** Indices (i32) that sort along an axis (the last by default, `null`: all together); stable. */
export function argsort(x: Tensor, axis: SortAxis = -1, options: SortOptions = {}): Tensor {
  return axis === null ? argsortAlong(flattened(x), 0, options) : argsortAlong(x, axis, options)
}

/**
 * Indices (i32) in an order where the element at place `kth` is the one that sorting puts there, smaller ones stand before it and larger ones
 * behind: those that sort.
 *
 * @throws ConfigError where kth is not a place of the axis.
 */
export function argpartition(x: Tensor, kth: number, axis: SortAxis = -1): Tensor {
  const [whole, at] = axis === null ? [flattened(x), 0] : [x, normalizeAxis('argpartition', axis, x.dims)]
  const size = staticDim(whole.dims[at] ?? 0, 'argpartition')
  if (!Number.isInteger(kth) || kth < -size || kth >= size) {
    throw new ConfigError(`argpartition: expected kth to be a place of ${size} elements, got ${kth}. Choose one from ${-size} to ${size - 1}.`)
  }
  return argsortAlong(whole, at)
}

/**
 * The k largest elements of the last axis and their indices (i32), largest first, the first of equals first: what Keras's `sorted` and
 * `is_stable` ask for is always so.
 *
 * @throws ConfigError where k is not between 1 and the size of the axis.
 */
export function topK(x: Tensor, k: number): { readonly values: Tensor; readonly indices: Tensor } {
  const size = x.dims.at(-1)
  if (!Number.isInteger(k) || k < 1 || (typeof size === 'number' && k > size)) {
    throw new ConfigError(
      `topK: expected k to be a whole number from 1 to ${String(size)}, the last size of ${showDims(x.dims)}, got ${k}. Choose another.`,
    )
  }
  return topKAlong(x, k)
}

/** Whether each target (a class, `[batch]`) is among the k highest of its row of predictions `[batch, classes]`; equals of the k-th count. */
export function inTopK(targets: Tensor, predictions: Tensor, k: number): Tensor {
  const { values } = topK(predictions, k)
  const smallest = sliceAt(values, -1, k - 1, 1)
  const own = takeAlongAxis(predictions, reshape<Shape, Dims>(cast(targets, 'i32'), [...targets.dims, 1]))
  return reshape<Shape, Dims>(greaterEqual<Tensor, Tensor>(own, smallest), targets.dims)
}

/** Option of {@link searchsorted}. */
export interface SearchOptions {
  /** Before (`left`) or behind (`right`) what is equal. Default 'left'. */
  readonly side?: 'left' | 'right'
}

/** For each value the index (i32) where it can be put into an ascending vector so that it stays ascending. */
export function searchsorted(sortedSequence: Tensor, values: Tensor, { side = 'left' }: SearchOptions = {}): Tensor {
  if (sortedSequence.rank !== 1) {
    throw new ShapeError(`searchsorted: expected a sorted vector, got ${showDims(sortedSequence.dims)}. Map over its rows with vectorizedMap.`)
  }
  if (side !== 'left' && side !== 'right')
    throw new ConfigError(`searchsorted: expected side to be 'left' or 'right', got '${String(side)}'. Choose one.`)
  const size = staticDim(sortedSequence.dims[0] ?? 0, 'searchsorted')
  let place: Tensor = zeros(values.dims, { dtype: 'i32' })
  // Binary search by halves: `place` elements are known to stand before the value.
  for (let step = 2 ** Math.floor(Math.log2(Math.max(size, 1))); step >= 1 && size > 0; step /= 2) {
    const next = binary('add', place, step)
    const element = gather(sortedSequence, binary('subtract', next, 1))
    const before = compare(side === 'left' ? 'less' : 'lessEqual', element, values)
    place = where(logicalAnd<Tensor, Tensor>(compare('lessEqual', next, size), before), next, place)
  }
  return place
}

/** For each element the index (i32) of its bin among ascending edges: bins[i − 1] ≤ x < bins[i]; 0 below all, their number above all. */
export function digitize(x: Tensor, bins: Tensor | readonly number[]): Tensor {
  const edges: Tensor = 'rank' in bins ? bins : tensor(bins)
  const ordered = x.dtype === 'bool' ? cast(x, 'i32') : x
  return searchsorted(edges, ordered, { side: 'right' })
}

/** Option of {@link isin}. */
export interface IsInOptions {
  /** Whether an element is not there. Default false. */
  readonly invert?: boolean
}

/** Whether each element of x1 is one of x2's. (Keras's `assume_unique` only permits a shortcut that is not needed here.) */
export function isin(x1: Tensor, x2: Tensor, { invert = false }: IsInOptions = {}): Tensor {
  const [values, known] = [x1, x2].map((x) => (x.dtype === 'bool' ? cast(x, 'i32') : x))
  if (values === undefined || known === undefined) return x1
  const ordered = sortAlong(flattened(known), 0)
  const place = searchsorted(ordered, values)
  const found = logicalAnd<Tensor, Tensor>(
    compare('less', place, staticDim(ordered.dims[0] ?? 0, 'isin')),
    compare('equal', gather(ordered, place), values),
  )
  return invert ? logicalNot(found) : found
}

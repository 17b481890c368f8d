// Reductions of rows that carry one number each: sums, products and extremes of segments.

import {
  abs,
  argsort,
  binary,
  cast,
  compare,
  ConfigError,
  type Dim,
  type Dims,
  type DType,
  gather,
  iota,
  isFloat,
  logicalAnd,
  logicalOr,
  max,
  ones,
  pad,
  reshape,
  scatterAdd,
  type Shape,
  ShapeError,
  showDims,
  sameDim,
  staticDim,
  stopGradient,
  type Tensor,
  where,
} from '../../core/index.ts'

/** Options of the segment reductions. */
export interface SegmentOptions {
  /**
   * Number of segments, the first size of the result. Without it the ids are computed and read now, which cannot be done inside `jit`.
   */
  readonly numSegments?: number
  /** The ids are ascending; products and extremes then need not sort them. Default false. */
  readonly sorted?: boolean
}

/** Sum of the rows of `data` `[n, …]` that have each id of `segmentIds` `[n]`; ids outside are left out. */
export function segmentSum(data: Tensor, segmentIds: Tensor, options: SegmentOptions = {}): Tensor {
  const { ids, count } = segmentsOf('segmentSum', data, segmentIds, options)
  return scatterAdd(ids, data, count)
}

/** Largest element of each segment, column by column; the lowest number there is (−∞) for one without rows. */
export function segmentMax(data: Tensor, segmentIds: Tensor, options: SegmentOptions = {}): Tensor {
  return segmentExtreme('segmentMax', 'maximum', data, segmentIds, options)
}

/** Smallest element of each segment, column by column; the highest number there is (∞) for one without rows. */
export function segmentMin(data: Tensor, segmentIds: Tensor, options: SegmentOptions = {}): Tensor {
  return segmentExtreme('segmentMin', 'minimum', data, segmentIds, options)
}

/** Product of the rows of each segment; 1 for one without rows. */
export function segmentProd(data: Tensor, segmentIds: Tensor, options: SegmentOptions = {}): Tensor {
  const { ids, count } = segmentsOf('segmentProd', data, segmentIds, options)
  return reduceSegments('multiply', data, ids, count, options.sorted === true, 1)
}

function segmentsOf(where_: string, data: Tensor, segmentIds: Tensor, { numSegments }: SegmentOptions) {
  const [rows] = data.dims
  if (segmentIds.rank !== 1 || rows === undefined || !sameDim(rows, segmentIds.dims[0] ?? 0)) {
    throw new ShapeError(
      `${where_}: expected one id for each row of data ${showDims(data.dims)}, got ids of ${showDims(segmentIds.dims)}. Flatten both alike.`,
    )
  }
  if (numSegments !== undefined && (!Number.isInteger(numSegments) || numSegments < 1)) {
    throw new ConfigError(`${where_}: expected numSegments to be a whole number of at least 1, got ${numSegments}. Count the segments.`)
  }
  const ids = cast(segmentIds, 'i32')
  return { ids, count: numSegments ?? max<Shape>(ids).itemSync() + 1 }
}

/** The number that gives way to every other: what an extreme starts from. */
export function neutralOf(fn: 'maximum' | 'minimum', dtype: DType): number {
  if (isFloat(dtype)) return fn === 'maximum' ? -Infinity : Infinity
  const [low, high] = integerLimits[dtype] ?? [0, 1]
  return fn === 'maximum' ? low : high
}
const integerLimits: Readonly<Partial<Record<DType, readonly [low: number, high: number]>>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

function segmentExtreme(where_: string, fn: 'maximum' | 'minimum', data: Tensor, segmentIds: Tensor, options: SegmentOptions): Tensor {
  const { ids, count } = segmentsOf(where_, data, segmentIds, options)
  const extreme = reduceSegments(fn, stopGradient<Shape>(data), ids, count, options.sorted === true, neutralOf(fn, data.dtype))
  if (!isFloat(data.dtype)) return extreme
  // The gradient goes to the elements that are equal to the extreme, in equal shares: data − data is 0, but not to a gradient.
  const hit = logicalAnd<Tensor, Tensor>(compare('equal', data, gather(extreme, ids)), compare('less', abs(data), Infinity))
  const nothing = where(hit, binary('subtract', data, stopGradient<Shape>(data)), 0)
  const hits = scatterAdd(ids, cast(hit, data.dtype), count)
  return binary('add', extreme, binary('divide', scatterAdd(ids, nothing, count), binary('maximum', hits, 1)))
}

/**
 * An associative function of the rows of each id: the ids sorted, then a running reduction within each run that doubles its reach at each
 * step (Hillis & Steele 1986), whose last element is the segment's.
 */
export function reduceSegments(
  fn: 'maximum' | 'minimum' | 'multiply',
  data: Tensor,
  ids: Tensor,
  count: Dim,
  sorted: boolean,
  neutral: number,
): Tensor {
  const rows = staticDim(data.dims[0] ?? 0, 'segments')
  const order = sorted ? undefined : argsort(ids, 0)
  const keys = order === undefined ? ids : gather(ids, order)
  const place = iota([rows])
  const column = (x: Tensor): Tensor => reshape<Shape, Dims>(x, [...x.dims, ...data.dims.slice(1).map(() => 1)])
  let running = order === undefined ? data : gather(data, order)
  for (let reach = 1; reach < rows; reach *= 2) {
    const together = logicalAnd<Tensor, Tensor>(compare('equal', keys, shifted(keys, reach)), compare('greaterEqual', place, reach))
    running = where(column(together), binary(fn, running, shifted(running, reach)), running)
  }
  const isLast = logicalOr<Tensor, Tensor>(compare('notEqual', keys, shifted(keys, -1)), compare('equal', place, rows - 1))
  const ends = where(isLast, keys, -1)
  const present = scatterAdd(ends, ones([rows], { dtype: 'i32' }), count)
  return where(column(compare('greater', present, 0)), scatterAdd(ends, running, count), neutral)
}

/** Rows moved `places` down (up where negative), zeros for what comes in. */
function shifted(x: Tensor, places: number): Tensor {
  const paddings = x.dims.map((_, i): readonly [number, number] => (i === 0 ? [places, -places] : [0, 0]))
  return pad(x, paddings)
}

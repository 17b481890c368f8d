// Order statistics: medians, quantiles and percentiles, with and without NaN. The reduced axes are merged, sorted, and read at q (n − 1).

import {
  type Axes,
  binary,
  cast,
  clip,
  compare,
  ConfigError,
  type Dims,
  floor,
  ceil,
  gather,
  isFloat,
  max,
  normalizeAxes,
  notEqual,
  permute,
  type ReduceOptions,
  reshape,
  round,
  type Shape,
  ShapeError,
  sort,
  sum,
  takeAlongAxis,
  Tensor,
  tensor,
  where,
} from '../../core/index.ts'
import { countOf, mergeLast } from '../indexing/positions.ts'

/** What stands for a quantile that lies between two elements. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'
const methods: readonly QuantileMethod[] = ['linear', 'lower', 'higher', 'midpoint', 'nearest']

/** Which share of the elements lies below: one, several, or a tensor of either. */
export type Shares = number | readonly number[] | Tensor

/** Options of {@link quantile} and its like. */
export interface QuantileOptions extends ReduceOptions {
  /** Default 'linear'. */
  readonly method?: QuantileMethod
}

/**
 * Quantiles q of the elements along axes, or of all: for several q one more axis in front. NaN among the elements gives NaN.
 *
 * @throws ConfigError where q is outside [0, 1] or the method is unknown.
 */
export function quantile(x: Tensor, q: Shares, axes?: Axes, options: QuantileOptions = {}): Tensor {
  checkShares('quantile', q, 1)
  return quantilesOf('quantile', x, q, axes, options)
}

/** {@link quantile} with q in percent. */
export function percentile(x: Tensor, q: Shares, axes?: Axes, options: QuantileOptions = {}): Tensor {
  checkShares('percentile', q, 100)
  return quantilesOf('percentile', x, fromPercent(q), axes, options)
}

/** The middle element along axes, or the mean of the two in the middle. */
export function median(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return quantilesOf('median', x, 0.5, axes, options)
}

/** {@link quantile} of what is not NaN; NaN where there is nothing else. */
export function nanquantile(x: Tensor, q: Shares, axes?: Axes, options: QuantileOptions = {}): Tensor {
  checkShares('nanquantile', q, 1)
  return nanQuantilesOf('nanquantile', x, q, axes, options)
}

/** {@link percentile} of what is not NaN; NaN where there is nothing else. */
export function nanpercentile(x: Tensor, q: Shares, axes?: Axes, options: QuantileOptions = {}): Tensor {
  checkShares('nanpercentile', q, 100)
  return nanQuantilesOf('nanpercentile', x, fromPercent(q), axes, options)
}

/** {@link median} of what is not NaN; NaN where there is nothing else. */
export function nanmedian(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return nanQuantilesOf('nanmedian', x, 0.5, axes, options)
}

function checkShares(where_: string, q: Shares, whole: number): void {
  if (q instanceof Tensor) {
    if (q.rank > 1) throw new ShapeError(`${where_}: expected one q or a vector of them, got ${q.toString()}. Flatten it.`)
    return
  }
  for (const share of typeof q === 'number' ? [q] : q) {
    if (!(share >= 0 && share <= whole)) {
      throw new ConfigError(
        `${where_}: expected q between 0 and ${whole}, got ${share}. ${whole === 1 ? 'percentile takes percent' : 'quantile takes shares of 1'}.`,
      )
    }
  }
}

function fromPercent(q: Shares): Shares {
  if (q instanceof Tensor) return binary('divide', q, 100)
  return typeof q === 'number' ? q / 100 : q.map((share) => share / 100)
}

/** The two neighbours of a place among sorted elements, and how far it is from the lower. */
interface Place {
  readonly lower: Tensor
  readonly upper: Tensor
  readonly fraction: Tensor
}

function placeOf(where_: string, position: Tensor, method: QuantileMethod): Place {
  const at = method === 'lower' ? floor(position) : method === 'higher' ? ceil(position) : method === 'nearest' ? round(position) : position
  const lower = floor(at)
  const upper = ceil(at)
  if (!methods.includes(method))
    throw new ConfigError(`${where_}: expected method to be one of ${methods.join(', ')}, got '${method}'. Choose one of them.`)
  const between = binary('subtract', at, lower)
  const fraction = method === 'midpoint' ? binary('multiply', cast(compare('greater', between, 0), at.dtype), 0.5) : between
  return { lower: cast(lower, 'i32'), upper: cast(upper, 'i32'), fraction }
}

const floating = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))
/** Shares as a vector: numbers in double precision until they have met the count. */
const shareList = (q: Shares): { readonly scaled: (count: number) => Tensor; readonly single: boolean } => {
  if (q instanceof Tensor) return { scaled: (count) => binary('multiply', reshape<Shape, Dims>(q, [-1]), count), single: q.rank === 0 }
  const list = typeof q === 'number' ? [q] : q
  return { scaled: (count) => tensor(list.map((share) => share * count)), single: typeof q === 'number' }
}

function quantilesOf(where_: string, x: Tensor, q: Shares, axes: Axes | undefined, { method = 'linear', keepDims }: QuantileOptions): Tensor {
  const reduced = normalizeAxes(where_, axes, x.dims)
  const rows = mergeLast(floating(x), reduced)
  const count = countOf(x, reduced, where_)
  const { scaled, single } = shareList(q)
  const { lower, upper, fraction } = placeOf(where_, scaled(count - 1), method)
  const sorted = sort(rows)
  const low = gather(sorted, lower, rows.rank - 1)
  const high = gather(sorted, upper, rows.rank - 1)
  const unknown = max<Shape, number, true>(notEqual<Tensor, Tensor>(rows, rows), -1, { keepDims: true })
  return arranged(where(unknown, Number.NaN, between(low, high, fraction)), x, reduced, single, keepDims === true)
}

function nanQuantilesOf(where_: string, x: Tensor, q: Shares, axes: Axes | undefined, { method = 'linear', keepDims }: QuantileOptions): Tensor {
  const reduced = normalizeAxes(where_, axes, x.dims)
  const rows = mergeLast(floating(x), reduced)
  const unknown = notEqual<Tensor, Tensor>(rows, rows)
  const count: Tensor = sum<Shape, number, true>(where(unknown, 0, 1).cast('f32'), -1, { keepDims: true })
  const { scaled, single } = shareList(q)
  // NaN sorts behind everything, as ∞; only what stands before is read.
  const position = binary('multiply', scaled(1), clip(binary('subtract', count, 1), 0, Infinity))
  const { lower, upper, fraction } = placeOf(where_, position, method)
  const sorted = sort(where(unknown, Infinity, rows))
  const low = takeAlongAxis(sorted, lower)
  const high = takeAlongAxis(sorted, upper)
  const result = where(compare('greater', count, 0), between(low, high, fraction), Number.NaN)
  return arranged(result, x, reduced, single, keepDims === true)
}

/** low + fraction (high − low), also where both are ∞. */
function between(low: Tensor, high: Tensor, fraction: Tensor): Tensor {
  const step = where(compare('notEqual', high, low), binary('subtract', high, low), 0)
  return binary('add', low, binary('multiply', step, cast(fraction, low.dtype)))
}

/** `[...kept, q]` as `[q, ...kept]`, without q's axis for a single one, with the reduced axes back where they are kept. */
function arranged(result: Tensor, x: Tensor, reduced: readonly number[], single: boolean, keepDims: boolean): Tensor {
  const rank = result.rank
  const first = permute<Shape, Shape>(result, [rank - 1, ...new Array(rank - 1).keys()])
  const shape = keepDims ? x.dims.map((d, i) => (reduced.includes(i) ? 1 : d)) : x.dims.filter((_, i) => !reduced.includes(i))
  return reshape<Shape, Dims>(first, single ? shape : [first.dims[0] ?? 1, ...shape])
}

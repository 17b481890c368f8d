// Statistics of data: counts in bins, correlations, areas under curves, signal-to-noise ratios.

import {
  binary,
  cast,
  compare,
  ConfigError,
  conv,
  contract,
  type ConvolutionOptions,
  type Dims,
  isFloat,
  iota,
  logicalAnd,
  log,
  max,
  mean,
  min,
  normalizeAxis,
  ones,
  promote,
  reshape,
  scatterAdd,
  type Shape,
  ShapeError,
  sameDims,
  showDims,
  sqrt,
  square,
  staticDim,
  sum,
  type Tensor,
  where,
} from '../../core/index.ts'
import { flattened, sliceAt } from '../indexing/positions.ts'
import { searchsorted } from '../indexing/sorting.ts'

const floating = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** What each element counts for, of x's shape. Default 1. */
  readonly weights?: Tensor
  /** The least number of bins. Default 0. */
  readonly minlength?: number
  /** The number of bins, larger elements left out. Default: one more than the largest element, read now, which cannot be done inside `jit`. */
  readonly size?: number
}

/** How often each of 0, 1, … occurs in x `[n]`, or in each row of `[batch, n]`; i32, or the weights' sums. Always dense. */
export function bincount(x: Tensor, { weights, minlength = 0, size }: BincountOptions = {}): Tensor {
  if (x.rank !== 1 && x.rank !== 2) throw new ShapeError(`bincount: expected [n] or [batch, n], got ${showDims(x.dims)}. Flatten it.`)
  if (weights !== undefined && !sameDims(weights.dims, x.dims)) {
    throw new ShapeError(`bincount: expected weights of ${showDims(x.dims)} as x, got ${showDims(weights.dims)}. Broadcast them first.`)
  }
  const values = cast(x, 'i32')
  const bins = size ?? Math.max(minlength, max<Shape>(values).itemSync() + 1, 0)
  const rows = x.rank === 1 ? 1 : staticDim(x.dims[0] ?? 1, 'bincount')
  const inside = logicalAnd<Tensor, Tensor>(compare('greaterEqual', values, 0), compare('less', values, bins))
  const place = x.rank === 1 ? values : binary('add', values, binary('multiply', iota(x.dims, 0), bins))
  const counted = weights ?? ones(x.dims, { dtype: 'i32' })
  const sums = scatterAdd(flattened(where(inside, place, -1)), flattened(counted), rows * bins)
  return x.rank === 1 ? sums : reshape<Shape, Dims>(sums, [rows, bins])
}

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /** Number of bins of equal width. Default 10. */
  readonly bins?: number
  /** Where the first begins and the last ends; what is outside is not counted. Default: the smallest and the largest element. */
  readonly range?: readonly [low: number, high: number]
}

/**
 * `[counts, edges]` of a vector in bins of equal width: bins include their lower edge, the last one both. Counts are floating-point numbers.
 *
 * @throws ConfigError where bins is not at least 1 or the range is not ascending.
 */
export function histogram(x: Tensor, { bins = 10, range }: HistogramOptions = {}): [counts: Tensor, edges: Tensor] {
  if (x.rank !== 1) throw new ShapeError(`histogram: expected a vector, got ${showDims(x.dims)}. Flatten it.`)
  if (!Number.isInteger(bins) || bins < 1)
    throw new ConfigError(`histogram: expected bins to be a whole number of at least 1, got ${bins}. Choose one.`)
  if (range !== undefined && !(range[1] > range[0])) {
    throw new ConfigError(`histogram: expected range to ascend, got [${range.join(', ')}]. Put the smaller end first.`)
  }
  const values = floating(x)
  const [low, high] = range ?? endsOf(values)
  const step = binary('divide', iota([bins + 1]).cast(values.dtype), bins)
  // Weighted ends, so that the first and the last edge are exactly the range's.
  const edges = binary('add', binary('multiply', binary('subtract', 1, step), low), binary('multiply', step, high))
  const bin = binary('subtract', searchsorted(edges, values, { side: 'right' }), 1)
  const isTop = compare('equal', values, high)
  const counts = scatterAdd(where(isTop, bins - 1, bin), ones(values.dims, { dtype: values.dtype }), bins)
  return [counts, edges]
}

/** The smallest and the largest element, half a unit further where they are equal. */
function endsOf(values: Tensor): readonly [low: Tensor, high: Tensor] {
  const [low, high] = [min<Shape>(values), max<Shape>(values)]
  const margin = where(compare('equal', low, high), 0.5, 0)
  return [binary('subtract', low, margin), binary('add', high, margin)]
}

/** Pearson's correlation of the rows of `[variables, observations]` with each other, `[variables, variables]`, kept within [−1, 1]. */
export function corrcoef(x: Tensor): Tensor {
  if (x.rank > 2) throw new ShapeError(`corrcoef: expected [variables, observations], got ${showDims(x.dims)}. Flatten the observations.`)
  const rows = x.rank === 2 ? floating(x) : reshape<Shape, Dims>(floating(x), [1, -1])
  const centred = binary('subtract', rows, mean<Shape, number, true>(rows, 1, { keepDims: true }))
  const covariance = contract(centred, centred, { contract: [[1, 1]] })
  const spread = sqrt(sum<Shape, number, true>(square(centred), 1, { keepDims: true }))
  const scaled = binary('divide', binary('divide', covariance, spread), spread.transpose())
  const result = binary('minimum', binary('maximum', scaled, -1), 1)
  return x.rank === 2 ? result : reshape<Shape, Dims>(result, [])
}

/** How much of a cross-correlation is given: where both overlap whole, in the longer one's size, or wherever they meet. */
export type CorrelateMode = 'valid' | 'same' | 'full'

/** Cross-correlation of two vectors, Σ x1[n + k] x2[n] for each shift k. */
export function correlate(x1: Tensor, x2: Tensor, { mode = 'valid' }: { readonly mode?: CorrelateMode } = {}): Tensor {
  if (x1.rank !== 1 || x2.rank !== 1) {
    throw new ShapeError(`correlate: expected two vectors, got ${showDims(x1.dims)} and ${showDims(x2.dims)}. Map over rows with vectorizedMap.`)
  }
  const [n, m] = [x1, x2].map((x) => staticDim(x.dims[0] ?? 0, 'correlate'))
  const dtype = promote(promote(x1.dtype, x2.dtype), 'bf16')
  const edge = (m ?? 1) - 1
  const options: ConvolutionOptions = { padding: [[edge, edge]] }
  const signal: Tensor = reshape<Shape, Dims>(cast(x1, dtype), [1, n ?? 1, 1])
  const filter: Tensor = reshape<Shape, Dims>(cast(x2, dtype), [m ?? 1, 1, 1])
  const whole = flattened(conv<Shape, Shape, ConvolutionOptions>(signal, filter, options))
  const [longer, shorter] = [Math.max(n ?? 1, m ?? 1), Math.min(n ?? 1, m ?? 1)]
  switch (mode) {
    case 'full':
      return whole
    case 'valid':
      return sliceAt(whole, 0, shorter - 1, longer - shorter + 1)
    case 'same':
      // NumPy exchanges the two where the second is longer, so that the odd one stands at the other end.
      return sliceAt(whole, 0, Math.floor((n ?? 1) >= (m ?? 1) ? (shorter - 1) / 2 : shorter / 2), longer)
    default:
      throw new ConfigError(`correlate: expected mode to be 'valid', 'same' or 'full', got '${String(mode)}'. Choose one of them.`)
  }
}

/** Options of {@link trapezoid}. */
export interface TrapezoidOptions {
  /** Where the values stand, a vector or of y's shape. Default: `dx` apart. */
  readonly x?: Tensor
  /** Distance of neighbours. Default 1. */
  readonly dx?: number
  /** Default −1, the last. */
  readonly axis?: number
}

/** Area under y along an axis by the trapezoidal rule. */
export function trapezoid(y: Tensor, { x, dx = 1, axis = -1 }: TrapezoidOptions = {}): Tensor {
  const at = normalizeAxis('trapezoid', axis, y.dims)
  const values = floating(y)
  const neighbours = (t: Tensor, along: number) => {
    const count = staticDim(t.dims[along] ?? 1, 'trapezoid') - 1
    return [sliceAt(t, along, 0, count), sliceAt(t, along, 1, count)] as const
  }
  const [before, after] = neighbours(values, at)
  const heights = binary('multiply', binary('add', before, after), 0.5)
  if (x === undefined) return binary('multiply', sum<Shape, number>(heights, at), dx)
  const full: Tensor =
    x.rank === 1
      ? reshape<Shape, Dims>(
          x,
          y.dims.map((_, i) => (i === at ? (x.dims[0] ?? 1) : 1)),
        )
      : x
  const [left, right] = neighbours(full, at)
  return sum<Shape, number>(binary('multiply', heights, binary('subtract', right, left)), at)
}

/** Peak signal-to-noise ratio in decibels, 10 log₁₀(maxVal² / mean (x1 − x2)²); `maxVal` is the largest value a signal can have. */
export function psnr(x1: Tensor, x2: Tensor, { maxVal }: { readonly maxVal: number }): Tensor {
  if (!sameDims(x1.dims, x2.dims)) {
    throw new ShapeError(`psnr: expected two tensors of one shape, got ${showDims(x1.dims)} and ${showDims(x2.dims)}. Resize one.`)
  }
  if (!(maxVal > 0)) throw new ConfigError(`psnr: expected maxVal to be above 0, got ${maxVal}. Use 1 or 255 for images.`)
  const error = mean<Shape>(square(binary('subtract', floating(x1), floating(x2))))
  return binary('subtract', 20 * Math.log10(maxVal), binary('multiply', log(error), 10 / Math.LN10))
}

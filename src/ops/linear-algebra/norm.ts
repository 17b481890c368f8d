// Norms of vectors and matrices.

import {
  abs,
  cast,
  ConfigError,
  isFloat,
  max,
  min,
  normalizeAxes,
  permute,
  type ReduceOptions,
  reshape,
  ShapeError,
  showDims,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from '../../core/index.ts'
import { singularValues } from './svd.ts'

export interface NormOptions {
  /**
   * Of vectors: any number, `Infinity` and `-Infinity` for the largest and smallest magnitude, 0 for the count of what is not zero. Of matrices: `fro`,
   * `nuc` (the sum of the singular values), 2 and -2 (the largest and smallest of them), 1 and -1 (of the columns' sums of magnitudes),
   * `Infinity` and `-Infinity` (of the rows'). Default: the root of the sum of squares.
   */
  readonly ord?: number | 'fro' | 'nuc'
  /** One axis for norms of vectors, two for norms of matrices. Default all of x. */
  readonly axis?: number | readonly number[]
  /** The axes stay, with size 1. Default false. */
  readonly keepDims?: boolean
}

/**
 * The norm of x, or of the vectors or matrices along `axis`. Where a root would have an infinite slope, at vectors of zeros, the gradient is 0.
 *
 * @throws ConfigError for an order that vectors or matrices do not have, ShapeError where the axes are neither one nor two
 */
export function norm(x: Tensor, { ord, axis, keepDims = false }: NormOptions = {}): Tensor {
  const real = isFloat(x.dtype) ? x : cast(x, 'f32')
  const axes = axis === undefined || typeof axis === 'number' ? normalizeAxes('norm', axis, x.dims) : axis.map((a) => (a < 0 ? a + x.rank : a))
  normalizeAxes('norm', axes, x.dims)
  if (ord === undefined) return rootOfSquares(real, axes, keepDims)
  const [first, second, ...more] = axes
  if (first === undefined || more.length > 0) {
    throw new ShapeError(`norm: expected one axis or two for ord ${ord}, got ${axes.length} axes of ${showDims(x.dims)}. Name them as { axis }.`)
  }
  return second === undefined ? vectorNorm(real, ord, first, keepDims) : matrixNorm(real, ord, [first, second], keepDims)
}

function vectorNorm(x: Tensor, ord: number | 'fro' | 'nuc', axis: number, keepDims: boolean): Tensor {
  if (typeof ord === 'string') throw new ConfigError(`norm: expected a number as ord of vectors, got '${ord}'. Name two axes for matrices.`)
  const kept = { keepDims }
  switch (ord) {
    case Infinity:
      return max(abs(x), [axis], kept)
    case -Infinity:
      return min(abs(x), [axis], kept)
    case 0:
      return sum(cast(x.notEqual(0), x.dtype), [axis], kept)
    case 1:
      return sum(abs(x), [axis], kept)
    case 2:
      return rootOfSquares(x, [axis], keepDims)
    default:
      return powerNorm(x, ord, axis, kept)
  }
}

/** (Σ|x|ᵖ)^(1/p); zeros have no slope. */
function powerNorm(x: Tensor, p: number, axis: number, kept: ReduceOptions): Tensor {
  const zero = x.equal(0)
  const powers = abs(where(zero, 1, x)).power(p)
  const total = sum(where(zero, p > 0 ? 0 : Infinity, powers), [axis], kept)
  const flat = p > 0 ? total.equal(0) : total.equal(Infinity)
  return where(flat, 0, where(flat, 1, total).power(1 / p))
}

function matrixNorm(x: Tensor, ord: number | 'fro' | 'nuc', [row, column]: readonly [number, number], keepDims: boolean): Tensor {
  const kept = { keepDims }
  const sums = (axis: number): Tensor => sum(abs(x), [axis], { keepDims: true })
  const over = (values: Tensor, fn: typeof max): Tensor => {
    const result = fn(values, [row, column], kept)
    return result
  }
  switch (ord) {
    case 'fro':
      return rootOfSquares(x, [row, column], keepDims)
    case 1:
      return over(sums(row), max)
    case -1:
      return over(sums(row), min)
    case Infinity:
      return over(sums(column), max)
    case -Infinity:
      return over(sums(column), min)
    case 'nuc':
    case 2:
    case -2: {
      const rest = x.dims.flatMap((_, i) => (i === row || i === column ? [] : [i]))
      const s = singularValues(permute(x, [...rest, row, column]))
      const reduced = ord === 'nuc' ? sum(s, [-1]) : ord === 2 ? max(s, [-1]) : min(s, [-1])
      return keepDims
        ? reshape(
            reduced,
            x.dims.map((d, i) => (i === row || i === column ? 1 : d)),
          )
        : reduced
    }
    default:
      throw new ConfigError(
        `norm: expected ord 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity for matrices, got ${ord}. Name one axis for vectors.`,
      )
  }
}

function rootOfSquares(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  const total: Tensor = axes.length === 0 ? square(x) : sum(square(x), axes, { keepDims })
  const zero = total.equal(0)
  return where(zero, 0, sqrt(where(zero, 1, total)))
}

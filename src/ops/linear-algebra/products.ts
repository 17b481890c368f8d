// Products that sum over axes, with NumPy's rules for which: `dot`, `inner`, `outer`, `tensordot` and the cross product. All but the last are one
// contraction.

import {
  concat,
  ConfigError,
  contract,
  type Dim,
  multiply,
  normalizeAxis,
  pad,
  permute,
  reshape,
  ShapeError,
  showDims,
  slice,
  squeeze,
  type Tensor,
} from '../../core/index.ts'

export { matmul } from '../../core/index.ts'

/**
 * NumPy's dot: scalars multiply; the last axis of a is summed with the only axis of b, or with its last but one: `[…a, n]`, `[…b, n, k]` to
 * `[…a, …b, k]`. No axes are shared (that is `matmul`).
 *
 * @throws ShapeError where the sizes of the summed axes differ
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) return multiply<Tensor, Tensor>(a, b)
  return summed('dot', a, b, [[a.rank - 1, Math.max(0, b.rank - 2)]])
}

/**
 * The sum of the products of all elements of a and b, which have as many.
 *
 * @throws ShapeError where they do not
 */
export function vdot(a: Tensor, b: Tensor): Tensor {
  return summed('vdot', reshape(a, [-1]), reshape(b, [-1]), [[0, 0]])
}

/**
 * The last axes of a and b summed: `[…a, n]`, `[…b, n]` to `[…a, …b]`; scalars multiply.
 *
 * @throws ShapeError where the last sizes differ
 */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) return multiply<Tensor, Tensor>(a, b)
  return summed('inner', a, b, [[a.rank - 1, b.rank - 1]])
}

/** Every element of a times every element of b, `[elements of a, elements of b]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return multiply<Tensor, Tensor>(reshape(a, [-1, 1]), reshape(b, [1, -1]))
}

export interface TensordotOptions {
  /** How many of the last axes of a are summed with the first of b; or the axes of each, in the order in which they pair. Default 2. */
  readonly axes?: number | readonly [left: number | readonly number[], right: number | readonly number[]]
}

/**
 * Sums over pairs of axes; the result has the other axes of a, then those of b.
 *
 * @throws ShapeError where the sizes of a pair differ; ConfigError where the axes do not pair
 */
export function tensordot(a: Tensor, b: Tensor, { axes = 2 }: TensordotOptions = {}): Tensor {
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(a.rank, b.rank)) {
      throw new ConfigError(
        `tensordot: expected from 0 to ${Math.min(a.rank, b.rank)} axes for ${showDims(a.dims)} and ${showDims(b.dims)}, got ${axes}. Sum fewer.`,
      )
    }
    return summed(
      'tensordot',
      a,
      b,
      Array.from({ length: axes }, (_, i) => [a.rank - axes + i, i]),
    )
  }
  const [left, right] = axes.map((named) => (typeof named === 'number' ? [named] : named))
  if (left === undefined || right === undefined || left.length !== right.length) {
    throw new ConfigError(`tensordot: expected as many axes of a as of b, got ${JSON.stringify(axes)}. Pair each axis.`)
  }
  return summed(
    'tensordot',
    a,
    b,
    left.map((axis, i) => [normalizeAxis('tensordot', axis, a.dims), normalizeAxis('tensordot', right[i] ?? 0, b.dims)]),
  )
}

/** The contraction over pairs of axes, whose sizes are checked. */
function summed(operation: string, a: Tensor, b: Tensor, pairs: readonly (readonly [left: number, right: number])[]): Tensor {
  for (const [left, right] of pairs) {
    if (a.dims[left] !== b.dims[right]) {
      throw new ShapeError(
        `${operation}: expected equal sizes to sum over, got ${String(a.dims[left])} (axis ${left} of ${showDims(a.dims)}) and ` +
          `${String(b.dims[right])} (axis ${right} of ${showDims(b.dims)}). Transpose one of them.`,
      )
    }
  }
  if (pairs.length > 0) return contract(a, b, { contract: pairs })
  const apart: Dim[] = [...a.dims, ...b.dims.map(() => 1)]
  return multiply<Tensor, Tensor>(reshape(a, apart), b)
}

export interface CrossOptions {
  /** The axis of the vectors of a. Default the last. */
  readonly axisa?: number
  /** The axis of the vectors of b. Default the last. */
  readonly axisb?: number
  /** The axis of the vectors of the result. Default the last. */
  readonly axisc?: number
  /** All three at once. */
  readonly axis?: number
}

/**
 * The cross product of vectors of size 3, or of size 2 (their third component is 0; of two such vectors only the third component of the product
 * is given, without an axis). The other axes broadcast.
 *
 * @throws ShapeError where the vectors have another size
 */
export function cross(a: Tensor, b: Tensor, { axisa = -1, axisb = -1, axisc = -1, axis }: CrossOptions = {}): Tensor {
  const left = vectorsLast(a, axis ?? axisa)
  const right = vectorsLast(b, axis ?? axisb)
  const flat = left.dims.at(-1) === 2 && right.dims.at(-1) === 2
  const [x, y] = [threeOf(left), threeOf(right)]
  const component = (i: number): Tensor => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3]
    return part(x, j)
      .multiply(part(y, k))
      .subtract(part(x, k).multiply(part(y, j)))
  }
  if (flat) return squeeze(component(2), [-1])
  const product: Tensor = concat([component(0), component(1), component(2)], -1)
  const to = normalizeAxis('cross', axis ?? axisc, product.dims)
  const order = product.dims.map((_, i) => i).slice(0, -1)
  return permute(product, [...order.slice(0, to), product.rank - 1, ...order.slice(to)])
}

const part = (x: Tensor, i: number): Tensor => slice(x, [...x.dims.slice(1).map(() => 0), i], [...x.dims.slice(0, -1), 1])

function vectorsLast(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis('cross', axis, x.dims)
  const size = x.dims[at]
  if (size !== 2 && size !== 3) {
    throw new ShapeError(`cross: expected vectors of size 2 or 3 along axis ${axis}, got ${showDims(x.dims)}. Name the axis of the vectors.`)
  }
  return permute(x, [...x.dims.flatMap((_, i) => (i === at ? [] : [i])), at])
}

const threeOf = (x: Tensor): Tensor =>
  x.dims.at(-1) === 3
    ? x
    : pad(
        x,
        x.dims.map((_, i) => [0, i === x.rank - 1 ? 1 : 0] as const),
      )

// What the two Jacobi methods share: rotations of pairs of columns, all pairs that touch no column twice at once. The columns stand in two halves;
// column i of the first is paired with column i of the second, and after each round all but one move on as players of a round-robin tournament
// do (Brent and Luk 1985), so that after n − 1 rounds every pair has met once and the columns are in their own order again.

import { abs, concat, expandDims, gather, pad, sqrt, square, tensor, type Tensor, type Tree, where, whileLoop, zeros } from '../../core/index.ts'
import { block, countedLoop } from './matrix-parts.ts'

/** The rotations of a round, `[…, n / 2]`: sines, tangents, and tangents of half the angles. */
export interface Rotations {
  readonly sine: Tensor
  readonly tangent: Tensor
  readonly halfTangent: Tensor
}

/**
 * The rotations that make the matrices [[first, shared], [shared, second]] diagonal by the smaller angle (Golub and Van Loan, §8.5.2):
 * column p becomes c p − s q, column q becomes s p + c q.
 */
export function rotationsOf(first: Tensor, second: Tensor, shared: Tensor): Rotations {
  const done = shared.equal(0)
  const zeta = second.subtract(first).divide(where(done, 1, shared).multiply(2))
  const smaller = where(zeta.less(0), -1, 1).divide(abs(zeta).add(sqrt(square(zeta).add(1))))
  const tangent = where(done, 0, smaller)
  const cosine = sqrt(square(tangent).add(1)).reciprocal()
  const sine = cosine.multiply(tangent)
  return { sine, tangent, halfTangent: sine.divide(cosine.add(1)) }
}

/** x with its rows (axis -2) or columns (axis -1) rotated in pairs. */
export function rotated(x: Tensor, axis: -1 | -2, { sine, halfTangent }: Rotations, n: number): Tensor {
  const half = n / 2
  const along = (values: Tensor): Tensor => expandDims(values, axis === -1 ? -2 : -1)
  const [s, h] = [along(sine), along(halfTangent)]
  const [first, second] = [block(x, axis, 0, half), block(x, axis, half, half)]
  // c = 1 − s h (Rutishauser 1966): what a small angle changes is not lost against 1, so that thousands of rotations stay orthogonal.
  return concat([first.subtract(s.multiply(second.add(h.multiply(first)))), second.add(s.multiply(first.subtract(h.multiply(second))))], axis)
}

/** x with its rows (axis -2) or columns (axis -1) at their places in the next round. */
export function movedOn(x: Tensor, axis: -1 | -2, n: number): Tensor {
  if (n < 4) return x
  const half = n / 2
  const first = Array.from({ length: half }, (_, i) => (i === 0 ? 0 : i === 1 ? half : i - 1))
  const second = Array.from({ length: half }, (_, i) => (i === half - 1 ? half - 1 : half + i + 1))
  return gather(x, tensor(new Int32Array([...first, ...second])), axis)
}

/** x with zeros behind the last row or column where there is an odd number of them. */
export function evened(x: Tensor, axes: readonly (-1 | -2)[], n: number): Tensor {
  if (n % 2 === 0) return x
  const wanted = axes.map((axis) => x.rank + axis)
  return pad(
    x,
    x.dims.map((_, i) => [0, wanted.includes(i) ? 1 : 0] as const),
  )
}

/** Sweeps are few: convergence is quadratic, from any matrix in about log₂(n) + 6 of them. */
const sweepLimit = 16

interface Sweeping<S> {
  /** One round of rotations. */
  readonly round: (state: S) => S
  /** How far from done a state is; NaN is not done. */
  readonly rest: (state: S) => Tensor
  readonly tolerance: number
}

/** Sweeps of n − 1 rounds, until `rest` is within `tolerance`. */
export function sweeps<S extends Tree>(n: number, initial: S, { round, rest, tolerance }: Sweeping<S>): S {
  const { state } = whileLoop(
    ({ count, state: now }) => rest(now).lessEqual(tolerance).logicalNot().logicalAnd(count.less(sweepLimit)),
    ({ count, state: now }) => ({ count: count.add(1), state: countedLoop(Math.max(1, n - 1), now, (_, each) => round(each)) }),
    { count: zeros([], { dtype: 'i32' }), state: initial },
  )
  return state
}

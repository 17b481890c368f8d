// The secular equation 1 / ρ + Σ zᵢ² / (dᵢ − λ) = 0, whose roots are the eigenvalues of diag(d) + ρ z zᵀ: all roots of all matrices at once.

import { abs, expandDims, min, prod, sign, sqrt, square, sum, type Tensor, where } from '../../core/index.ts'
import { columnNumbers, countedLoop, epsilonOf, rowNumbers } from './matrix-parts.ts'

/** diag(poles) + rho · weights · weightsᵀ: poles and weights `[…, n]`, rho `[…, 1]` not negative. Poles of weight 0 are eigenvalues. */
export interface RankOneChange {
  readonly poles: Tensor
  readonly weights: Tensor
  readonly rho: Tensor
}

/** Rational interpolation converges quadratically; the bisections before it are few where poles are far apart. */
const steps = 32

/**
 * Eigenvalues `[…, n]` and the eigenvectors as rows `[…, n, n]`. The poles of weights that are not 0 must be in ascending order and apart by more than
 * their rounding.
 */
export function secularEigen({ poles, weights, rho }: RankOneChange, n: number): { readonly values: Tensor; readonly vectors: Tensor } {
  // Roots run along axis -2, poles along axis -1.
  const [root, pole] = [rowNumbers(n), columnNumbers(n)]
  const [left, d] = [expandDims(poles, -1), expandDims(poles, -2)]
  const z = expandDims(weights, -2)
  const isPole = z.notEqual(0)
  const isRoot = expandDims(weights, -1).notEqual(0)
  const isAbove = pole.greater(root)
  const constant = where(rho.equal(0), 1, rho)
    .reciprocal()
    .reshape([...rho.dims, 1])

  // Between its pole and the next one lies one root; the last lies at most ρ |z|² above its pole.
  const next = min(where(isPole.logicalAnd(isAbove), d, Infinity), [-1], { keepDims: true })
  const isLast = next.equal(Infinity)
  const reach = expandDims(sum(square(weights), [-1], { keepDims: true }).multiply(rho), -1)
  const gap = where(isLast, reach, next.subtract(left))

  const isOwn = root.equal(pole)
  const isRest = isPole.logicalAnd(isOwn.logicalOr(d.equal(next)).logicalNot())
  const [ownWeight, nextWeight] = [
    square(expandDims(weights, -1)),
    sum(where(isPole.logicalAnd(d.equal(next)), square(z), 0), [-1], { keepDims: true }),
  ]

  /** The sum at `shift` above `origin` without the two poles beside the root, and the slopes of its parts from poles below and above. */
  const rest = (origin: Tensor, shift: Tensor) => {
    const terms = where(isRest, z.divide(d.subtract(origin).subtract(shift)), 0)
    const slopes = square(terms)
    return {
      value: sum(terms.multiply(z), [-1], { keepDims: true }).add(constant),
      below: sum(where(isAbove, 0, slopes), [-1], { keepDims: true }),
      above: sum(where(isAbove, slopes, 0), [-1], { keepDims: true }),
    }
  }

  // Shifts are from the nearer pole, so that small ones keep all their digits.
  const half = gap.multiply(0.5)
  const atMiddle = rest(left, half).value.add(nextWeight.subtract(ownWeight).divide(where(half.equal(0), 1, half)))
  const isLeft = isLast.logicalOr(atMiddle.greaterEqual(0))
  const origin = where(isLeft, left, next)
  const [leftPole, rightPole] = [where(isLeft, 0, gap.negate()), where(isLeft, gap, 0)]
  const low = where(isLeft, 0, half.negate())
  const high = where(isLast, gap, where(isLeft, half, 0))
  const rounding = 8 * epsilonOf(poles.dtype)
  const { shift } = countedLoop(steps, { low, high, shift: low.add(high).multiply(0.5) }, (_, state) => {
    const { value, below, above } = rest(origin, state.shift)
    const [toLeft, toRight] = [leftPole.subtract(state.shift), rightPole.subtract(state.shift)]
    const whole = value.add(ownWeight.divide(toLeft)).add(nextWeight.divide(where(isLast, 1, toRight)))
    const isBelow = whole.less(0)
    const [lowest, highest] = [where(isBelow, state.shift, state.low), where(isBelow, state.high, state.shift)]
    // c + s / (left − x) + t / (right − x) has this value, and the slopes of the poles below and above (Bunch, Nielsen and Sorensen 1978). One of the
    // two poles is 0.
    const c = value.subtract(toLeft.multiply(below)).subtract(where(isLast, 0, toRight.multiply(above)))
    const s = ownWeight.add(square(toLeft).multiply(below))
    const t = nextWeight.add(square(toRight).multiply(above))
    const a = c.multiply(leftPole.add(rightPole)).add(s).add(t)
    const b = s.multiply(rightPole).add(t.multiply(leftPole))
    const discriminant = square(a).subtract(b.multiply(c).multiply(4))
    const rootOf = sqrt(where(discriminant.greater(0), discriminant, 0))
    const between = where(a.lessEqual(0), a.subtract(rootOf).divide(c.multiply(2)), b.multiply(2).divide(a.add(rootOf)))
    const proposed = where(isLast, s.divide(c), between)
    // Beside the pole at 0, and beyond the ends, there is no root; rounding may put one that is found a little beyond.
    const isFound = abs(proposed.subtract(state.shift)).lessEqual(abs(state.shift).multiply(rounding))
    const isInside = proposed.greater(lowest).logicalAnd(proposed.less(highest)).logicalAnd(proposed.notEqual(0))
    const bisected = where(isFound, state.shift, lowest.add(highest).multiply(0.5))
    return { low: lowest, high: highest, shift: where(isInside, proposed, bisected) }
  })

  // λ − d, from the shift.
  const distances = shift.subtract(d.subtract(origin))
  // The weights of which these are the exact roots (Löwner): their vectors are orthogonal, however exact the roots are.
  const ratios = where(isOwn, distances, distances.divide(where(isOwn, 1, left.subtract(d))))
  const exact = sqrt(abs(prod(where(isRoot.logicalAnd(isPole), ratios, 1), [-2], { keepDims: true }))).multiply(sign(z))
  const directions = where(isPole, exact.divide(where(isPole, distances, 1)), 0)
  const lengths = sqrt(sum(square(directions), [-1], { keepDims: true }))
  const vectors = where(isRoot, directions.divide(where(isRoot, lengths, 1)), where(isOwn, 1, 0))
  const values = where(isRoot, origin.add(shift), left)
  return { values: values.reshape(poles.dims), vectors }
}

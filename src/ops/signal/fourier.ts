// The discrete Fourier transform of complex numbers, `[real, imaginary]`, along the last axis: products with small matrices of roots of unity, by
// the factors of the length (Cooley and Tukey 1965), through a convolution where it has a large prime factor (Bluestein 1970).

import { concat, contract, type Dim, type DType, permute, reshape, staticDim, tensor, type Tensor } from '../../core/index.ts'
import { padded, span } from './last-axis.ts'

/** A complex tensor: its real and its imaginary part, of one shape. */
export type ComplexPair = readonly [real: Tensor, imaginary: Tensor]

/** `fn` of both parts. */
export const eachPart = (x: ComplexPair, fn: (part: Tensor) => Tensor): ComplexPair => [fn(x[0]), fn(x[1])]

/** −1 forwards, e^(−2πi jk / n); 1 backwards (without the division by n). */
export type Direction = -1 | 1

/** Products with a matrix of this size are faster than two with smaller ones and the turns between them. */
const largestMatrix = 64
/** A prime up to this is a matrix, too. */
const largestPrime = 192

/** The transform along the last axis. */
export function transformed(x: ComplexPair, direction: Direction): ComplexPair {
  const n = staticDim(x[0].dims.at(-1) ?? 0, 'fft')
  if (n <= largestMatrix) return byMatrix(x, n, direction)
  const radix = largestFactor(n)
  if (radix > 1) return byFactors(x, radix, n / radix, direction)
  return n <= largestPrime ? byMatrix(x, n, direction) : byConvolution(x, n, direction)
}

/** The largest factor of n that is not above the size of a matrix; 1 where its least prime factor is. */
function largestFactor(n: number): number {
  for (let factor = largestMatrix; factor > 1; factor--) if (n % factor === 0) return factor
  return 1
}

/** The complex numbers e^(2πi turns(j)): the cosines and sines of `turns(j)` full turns, as a tensor of `shape`. */
export function unitNumbers(shape: readonly number[], dtype: DType, turns: (index: number) => number): ComplexPair {
  const count = shape.reduce((a, b) => a * b, 1)
  const angles = Float64Array.from({ length: count }, (_, i) => 2 * Math.PI * turns(i))
  return [tensor(angles.map(Math.cos), shape, { dtype }), tensor(angles.map(Math.sin), shape, { dtype })]
}

/** e^(direction 2πi jk / n) for j < rows, k < columns. */
function roots(rows: number, columns: number, n: number, direction: Direction, dtype: DType): ComplexPair {
  return unitNumbers([rows, columns], dtype, (i) => (direction * ((Math.floor(i / columns) * (i % columns)) % n)) / n)
}

/** The product of complex numbers. */
export function multiplied([a, b]: ComplexPair, [c, d]: ComplexPair): ComplexPair {
  return [a.multiply(c).subtract(b.multiply(d)), a.multiply(d).add(b.multiply(c))]
}

/** The transform of `axis` by one matrix; the new axis becomes the last. */
function byMatrix([real, imaginary]: ComplexPair, n: number, direction: Direction, axis = real.rank - 1): ComplexPair {
  const [cosines, sines] = roots(n, n, n, direction, real.dtype)
  const times = (x: Tensor, matrix: Tensor): Tensor => contract(x, matrix, { contract: [[axis, 0]] })
  return [times(real, cosines).subtract(times(imaginary, sines)), times(real, sines).add(times(imaginary, cosines))]
}

/** x[j₁ columns + j₂] by transforms of the columns j₁ to k₁, a turn by j₂ k₁, and transforms of the rows j₂ to k₂: result[k₁ + rows k₂]. */
function byFactors(x: ComplexPair, rows: number, columns: number, direction: Direction): ComplexPair {
  const batch = x[0].dims.slice(0, -1)
  const grid = eachPart(x, (part) => reshape(part, [...batch, rows, columns]))
  const turned = multiplied(byMatrix(grid, rows, direction, batch.length), roots(columns, rows, rows * columns, direction, x[0].dtype))
  const last = batch.length
  const swap = [...batch.keys(), last + 1, last]
  const inner = transformed(
    eachPart(turned, (part) => permute(part, swap)),
    direction,
  )
  const length: Dim = rows * columns
  return eachPart(inner, (part) => reshape(permute(part, swap), [...batch, length]))
}

/** jk = (j² + k² − (k − j)²) / 2: a convolution with a chirp, by transforms of a length that is a power of two. */
function byConvolution(x: ComplexPair, n: number, direction: Direction): ComplexPair {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const { dtype } = x[0]
  const half = (k: number): number => ((k * k) % (2 * n)) / (2 * n)
  const chirp = unitNumbers([n], dtype, (k) => direction * half(k))
  const wrapped = unitNumbers([2 * n - 1], dtype, (i) => -direction * half(Math.abs(i - (n - 1))))
  // Its places 0 … n − 1, then zeros, then −(n − 1) … −1.
  const filter = eachPart(wrapped, (part) => concat([span(part, n - 1, n), padded(span(part, 0, n - 1), size - 2 * n + 1, 0)], 0))
  const signal = eachPart(multiplied(x, chirp), (part) => padded(part, 0, size - n))
  const convolved = transformed(multiplied(transformed(signal, -1), transformed(filter, -1)), 1)
  return multiplied(
    eachPart(convolved, (part) => span(part, 0, n).multiply(1 / size)),
    chirp,
  )
}

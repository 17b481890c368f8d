// Weights as digits of small integers, with a scale for each block of a row, composed of primitives: unpacking joins the kernel that reads the weights.

import { elementCount, showDims, staticDim } from '../dimension.ts'
import { ConfigError, DTypeError, ShapeError } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { reshapeNode } from './broadcast.ts'
import { matmulNode } from './contractions.ts'
import { tensor } from './creation.ts'
import { abs, add, binary, clip, divide, equal, multiply, round, where } from './elementwise.ts'
import { flip, slice, transpose } from './movement.ts'
import { max, sum } from './reductions.ts'

/** A matrix `[rows, size]` in blocks of a row: each weight is an integer times its block's scale. A tree, so functions may take and return it. */
export interface QuantizedMatrix {
  /**
   * `[rows, words]`, of 4 weights of 8 bits (i32) or 8 weights of 4 bits (u32): d digits w₀ + w₁ b + w₂ b² + … of base b = 256 or 16, each below b / 2
   * in size. Word i of a block of n words holds its weights i, i + n, i + 2n, …
   */
  readonly values: Tensor
  /** f32 `[rows, size / blockSize]`. */
  readonly scales: Tensor
  readonly [key: string]: Tensor
}

export interface QuantizeOptions {
  /** Bits of a weight. Default 8. */
  readonly bits?: 8 | 4
  /** Weights of a row that share a scale; divides the row, and is made of whole words of 32 bits. Default 32. */
  readonly blockSize?: number
}

/** Rows of a product up to which weights are read as they are; more of them are worth dequantising once. */
const fewRows = 4

const shaped = (x: Tensor, shape: readonly number[]): Tensor => new Tensor(reshapeNode(x.node, shape))

/**
 * The matrix `[rows, size]` in 8 or 4 bits: every block is divided by its scale, the largest magnitude in it over 127 or 7, and rounded.
 *
 * @throws ShapeError where `weights` is no matrix, ConfigError where blocks do not fill its rows.
 */
export function quantize(weights: Tensor, { bits = 8, blockSize = 32 }: QuantizeOptions = {}): QuantizedMatrix {
  const [rows, size] = sizesOf(weights, 'quantize')
  const digits = 32 / bits
  if (!Number.isInteger(blockSize) || blockSize < 1 || size % blockSize !== 0 || blockSize % digits !== 0) {
    throw new ConfigError(
      `quantize: expected a block size that divides rows of ${size} weights and is a multiple of ${digits}, got ${blockSize}. Choose another blockSize.`,
    )
  }
  const blocks = size / blockSize
  const largest = 2 ** (bits - 1) - 1
  const blocked = shaped(weights.cast('f32'), [rows, blocks, blockSize])
  const scales = divide(max(abs(blocked), -1, { keepDims: true }), largest)
  const whole = clip(round(divide(blocked, where(equal(scales, 0), 1, scales))), -largest, largest).cast('i32')
  const apart = shaped(whole, [rows, blocks, digits, blockSize / digits])
  const words = sum(multiply(apart, powers(digits)), 2)
  return { values: shaped(words.cast(bits === 8 ? 'i32' : 'u32'), [rows, size / digits]), scales: shaped(scales, [rows, blocks]) }
}

/** The matrix `[rows, size]` of f32 that a quantised one stands for. */
export function dequantize(matrix: QuantizedMatrix): Tensor {
  const { rows, size, blocks, blockSize, digits, words } = layoutOf(matrix, 'dequantize')
  // Each digit in turn comes to the highest bits; half a unit makes up for what the digits below it lend.
  const highest = multiply(shaped(words, [rows, blocks, 1, blockSize / digits]), flip(powers(digits), 0))
  const bits = 32 / digits
  const whole = binary('shiftRight', add(highest, 2 ** (31 - bits)), 32 - bits).cast('f32')
  return shaped(multiply(shaped(whole, [rows, blocks, blockSize]), shaped(matrix.scales, [rows, blocks, 1])), [rows, size])
}

/**
 * x Wᵀ for `x` `[..., size]` and a quantised `W` `[rows, size]`: `[..., rows]`. For up to four rows of `x` (a token at a time) each weight is read
 * once, as the digit that it is; one element of `x` that is not finite then makes its block's part of every result so.
 *
 * @throws ShapeError where the sizes differ.
 */
export function quantizedMatmul(x: Tensor, matrix: QuantizedMatrix): Tensor {
  const { rows, size, blocks, blockSize, digits, words } = layoutOf(matrix, 'quantizedMatmul')
  if (x.dims.at(-1) !== size) {
    throw new ShapeError(
      `quantizedMatmul: expected x with a last size of ${size}, as the weights have, got ${showDims(x.dims)}. Check the layer before.`,
    )
  }
  const count = elementCount(x.dims.slice(0, -1))
  if (typeof count !== 'number' || count > fewRows) return new Tensor(matmulNode(x.node, transpose(dequantize(matrix)).node))
  const width = blockSize / digits
  const bits = 32 / digits
  const read = shaped(words, [rows, 1, blocks, width])
  // A word moved to the left is its digit k with the digits below it as a fraction: less the word moved once more, over the base, it is that digit
  // alone. What is taken off there is taken off the factors instead, once for all rows.
  const differences = Float32Array.from({ length: digits ** 2 }, (_, i) => {
    const further = (i % digits) - Math.floor(i / digits)
    return further === 0 ? 2 ** (bits - 32) : further === 1 ? -(2 ** -32) : 0
  })
  const apart = shaped(x.cast('f32'), [count * blocks, digits, width])
  const factors = new Tensor(reshapeNode(matmulNode(tensor(differences, [digits, digits]).node, apart.node), [1, count, blocks, digits, width]))
  const products = Array.from({ length: digits }, (_, k) => {
    const moved = binary('shiftLeft', read, bits * (digits - 1 - k)).cast('f32')
    return multiply(moved, shaped(slice(factors, [0, 0, 0, k, 0], [1, count, blocks, 1, width]), [1, count, blocks, width]))
  })
  const total = products.reduce((a, b) => new Tensor(add(a, b).node))
  // One scale for a whole row is applied to its sum.
  const sums =
    blocks === 1 ? multiply(sum(total, [-2, -1]), matrix.scales) : sum(multiply(total, shaped(matrix.scales, [rows, 1, blocks, 1])), [-2, -1])
  return new Tensor(reshapeNode(transpose(sums).node, [...x.dims.slice(0, -1), rows]))
}

/** Powers of a word's base as i32 `[digits, 1]`: those that bring each digit to its place. */
const powers = (digits: number): Tensor =>
  tensor(
    Int32Array.from({ length: digits }, (_, k) => 1 << ((32 / digits) * k)),
    [digits, 1],
  )

interface Layout {
  readonly rows: number
  readonly size: number
  readonly blocks: number
  readonly blockSize: number
  /** Weights of a word. */
  readonly digits: number
  /** The values as i32. */
  readonly words: Tensor
}

function layoutOf({ values, scales }: QuantizedMatrix, where: string): Layout {
  if (values.dtype !== 'i32' && values.dtype !== 'u32') {
    throw new DTypeError(`${where}: expected values of i32 (8 bits) or u32 (4 bits), got ${values.dtype}. Pass what quantize gives.`)
  }
  const digits = values.dtype === 'i32' ? 4 : 8
  const [[rows, words], [scaleRows, blocks]] = [sizesOf(values, where), sizesOf(scales, where)]
  const size = digits * words
  if (scaleRows !== rows || words % blocks !== 0) {
    throw new ShapeError(
      `${where}: expected scales [${rows}, blocks] for weights [${rows}, ${size}], got ${showDims(scales.dims)}. Pass what quantize gives.`,
    )
  }
  return { rows, size, blocks, blockSize: size / blocks, digits, words: values.cast('i32') }
}

function sizesOf({ dims }: Tensor, where: string): readonly [rows: number, size: number] {
  const [rows, size] = dims
  if (rows === undefined || size === undefined || dims.length !== 2) {
    throw new ShapeError(`${where}: expected a matrix [rows, size], got ${showDims(dims)}. Reshape it.`)
  }
  return [staticDim(rows, where), staticDim(size, where)]
}

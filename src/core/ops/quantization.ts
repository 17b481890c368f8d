// Weights as small integers with a scale for each block of a row, composed of primitives: dequantising joins the kernel that reads the weights.

import { elementCount, showDims, staticDim } from '../dimension.ts'
import { ConfigError, DTypeError, ShapeError } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { reshapeNode } from './broadcast.ts'
import { matmulNode } from './contractions.ts'
import { abs, add, binary, clip, divide, equal, multiply, round, subtract, where } from './elementwise.ts'
import { concat, slice, transpose } from './movement.ts'
import { max, sum } from './reductions.ts'

/** A matrix `[rows, size]` in blocks of a row: each weight is an integer times its block's scale. A tree, so functions may take and return it. */
export interface QuantizedMatrix {
  /**
   * 8 bits: i8 `[rows, size]`. 4 bits: u8 `[rows, size / 2]`; in each block of b weights, byte i holds weight i in its low and weight i + b / 2 in
   * its high half, both plus 8 (as GGUF's q4_0).
   */
  readonly values: Tensor
  /** f32 `[rows, size / blockSize]`. */
  readonly scales: Tensor
  readonly [key: string]: Tensor
}

export interface QuantizeOptions {
  /** Bits of a weight. Default 8. */
  readonly bits?: 8 | 4
  /** Weights of a row that share a scale; divides the row, and is even for 4 bits. Default 32. */
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
  if (!Number.isInteger(blockSize) || blockSize < 1 || size % blockSize !== 0 || (bits === 4 && blockSize % 2 !== 0)) {
    const wanted = bits === 4 ? 'an even block size' : 'a block size'
    throw new ConfigError(`quantize: expected ${wanted} that divides rows of ${size} weights, got ${blockSize}. Choose another blockSize.`)
  }
  const blocks = size / blockSize
  const blocked = shaped(weights.cast('f32'), [rows, blocks, blockSize])
  const scales = divide(max(abs(blocked), -1, { keepDims: true }), bits === 8 ? 127 : 7)
  const whole = round(divide(blocked, where(equal(scales, 0), 1, scales)))
  const shapedScales = shaped(scales, [rows, blocks])
  if (bits === 8) return { values: shaped(clip(whole, -127, 127).cast('i8'), [rows, size]), scales: shapedScales }
  const halves = add(clip(whole, -7, 7), 8).cast('u8')
  const half = blockSize / 2
  const low = slice(halves, [0, 0, 0], [rows, blocks, half])
  const high = slice(halves, [0, 0, half], [rows, blocks, half])
  return { values: shaped(binary('or', low, binary('shiftLeft', high, 4)), [rows, size / 2]), scales: shapedScales }
}

/** The matrix `[rows, size]` of f32 that a quantised one stands for. */
export function dequantize(matrix: QuantizedMatrix): Tensor {
  const { rows, size, blocks, blockSize } = layoutOf(matrix, 'dequantize')
  const parts = partsOf(matrix, 'dequantize')
  const whole = parts.length === 1 ? parts[0] : concat([...parts], 2)
  if (whole === undefined) throw new ShapeError('dequantize: expected weights, got none. Pass what quantize gives.')
  return shaped(multiply(shaped(whole, [rows, blocks, blockSize]), shaped(matrix.scales, [rows, blocks, 1])), [rows, size])
}

/**
 * x Wᵀ for `x` `[..., size]` and a quantised `W` `[rows, size]`: `[..., rows]`. For up to four rows of `x` (a token at a time) each weight is read
 * once, as the integer that it is.
 *
 * @throws ShapeError where the sizes differ.
 */
export function quantizedMatmul(x: Tensor, matrix: QuantizedMatrix): Tensor {
  const { rows, size, blocks } = layoutOf(matrix, 'quantizedMatmul')
  if (x.dims.at(-1) !== size) {
    throw new ShapeError(
      `quantizedMatmul: expected x with a last size of ${size}, as the weights have, got ${showDims(x.dims)}. Check the layer before.`,
    )
  }
  const count = elementCount(x.dims.slice(0, -1))
  if (typeof count !== 'number' || count > fewRows) return new Tensor(matmulNode(x.node, transpose(dequantize(matrix)).node))
  const parts = partsOf(matrix, 'quantizedMatmul')
  const width = size / blocks / parts.length
  const input = shaped(x, [1, count, blocks, parts.length, width])
  const products = parts.map((part, i) => {
    const read = shaped(slice(input, [0, 0, 0, i, 0], [1, count, blocks, 1, width]), [1, count, blocks, width])
    return multiply(shaped(part, [rows, 1, blocks, width]), read)
  })
  const total = products.reduce((a, b) => new Tensor(add(a, b).node))
  // One scale for a whole row is applied to its sum.
  const sums =
    blocks === 1 ? multiply(sum(total, [-2, -1]), matrix.scales) : sum(multiply(total, shaped(matrix.scales, [rows, 1, blocks, 1])), [-2, -1])
  return new Tensor(reshapeNode(transpose(sums).node, [...x.dims.slice(0, -1), rows]))
}

/** The weights without their scales, f32 `[rows, blocks, …]`: all of a block, or the low halves of its bytes and the high ones. */
function partsOf({ values, scales }: QuantizedMatrix, where: string): readonly Tensor[] {
  const [rows, bytes] = sizesOf(values, where)
  const [, blocks] = sizesOf(scales, where)
  const blocked = shaped(values, [rows, blocks, bytes / blocks])
  if (values.dtype === 'i8') return [blocked.cast('f32')]
  return [binary('and', blocked, 15), binary('shiftRight', blocked, 4)].map((half) => subtract(half.cast('i32'), 8).cast('f32'))
}

interface Layout {
  readonly rows: number
  readonly size: number
  readonly blocks: number
  readonly blockSize: number
}

function layoutOf({ values, scales }: QuantizedMatrix, where: string): Layout {
  if (values.dtype !== 'i8' && values.dtype !== 'u8') {
    throw new DTypeError(`${where}: expected values of i8 (8 bits) or u8 (4 bits), got ${values.dtype}. Pass what quantize gives.`)
  }
  const [[rows, bytes], [scaleRows, blocks]] = [sizesOf(values, where), sizesOf(scales, where)]
  const size = values.dtype === 'i8' ? bytes : 2 * bytes
  if (scaleRows !== rows || size % blocks !== 0) {
    throw new ShapeError(
      `${where}: expected scales [${rows}, blocks] for weights [${rows}, ${size}], got ${showDims(scales.dims)}. Pass what quantize gives.`,
    )
  }
  return { rows, size, blocks, blockSize: size / blocks }
}

function sizesOf({ dims }: Tensor, where: string): readonly [rows: number, size: number] {
  const [rows, size] = dims
  if (rows === undefined || size === undefined || dims.length !== 2) {
    throw new ShapeError(`${where}: expected a matrix [rows, size], got ${showDims(dims)}. Reshape it.`)
  }
  return [staticDim(rows, where), staticDim(size, where)]
}

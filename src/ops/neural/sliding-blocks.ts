// Images as columns of blocks and back (im2col and col2im), in PyTorch's layout as Keras has it: channels first.

import {
  ConfigError,
  type Dims,
  gather,
  pad,
  permute,
  reshape,
  scatterAdd,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  type Tensor,
  tensor,
} from '../../core/index.ts'

/** One number for height and width, or one for each. */
export type Pair = number | readonly [height: number, width: number]

/** Options of {@link unfold} and {@link fold}. */
export interface BlockOptions {
  /** Distance of a block's elements. Default 1. */
  readonly dilation?: Pair
  /** Zeros on both sides. Default 0. */
  readonly padding?: Pair
  /** Distance of blocks. Default 1. */
  readonly stride?: Pair
}

/** How blocks lie along height or width. */
interface BlockAxis {
  readonly kernel: number
  readonly padding: number
  /** Number of blocks. */
  readonly count: number
  /** Size with padding. */
  readonly padded: number
  /** Place of each element of each block, `[kernel, count]`. */
  readonly places: Tensor
}

function pairOf(where: string, option: string, value: Pair, least: number): readonly [number, number] {
  const [height, width] = typeof value === 'number' ? [value, value] : value
  for (const n of [height, width]) {
    if (!Number.isInteger(n) || n < least) {
      throw new ConfigError(
        `${where}: expected ${option} to be a whole number of at least ${least}, or two, got ${JSON.stringify(value)}. Choose others.`,
      )
    }
  }
  return [height, width]
}

function axesOf(
  where: string,
  size: readonly number[],
  kernelSize: Pair,
  { dilation = 1, padding = 0, stride = 1 }: BlockOptions,
): readonly [BlockAxis, BlockAxis] {
  const kernels = pairOf(where, 'kernelSize', kernelSize, 1)
  const gaps = pairOf(where, 'dilation', dilation, 1)
  const margins = pairOf(where, 'padding', padding, 0)
  const steps = pairOf(where, 'stride', stride, 1)
  const along = (axis: 0 | 1): BlockAxis => {
    const [kernel, gap, margin, step] = [kernels[axis], gaps[axis], margins[axis], steps[axis]]
    const padded = (size[axis] ?? 1) + 2 * margin
    const count = Math.floor((padded - gap * (kernel - 1) - 1) / step) + 1
    if (count < 1) {
      throw new ShapeError(
        `${where}: expected blocks that fit, got kernelSize ${JSON.stringify(kernelSize)} in [${size.join(', ')}]. Choose smaller blocks or more padding.`,
      )
    }
    const places = Array.from({ length: kernel }, (_, k) => Array.from({ length: count }, (_, i) => k * gap + i * step))
    return { kernel, padding: margin, count, padded, places: tensor(places, undefined, { dtype: 'i32' }) }
  }
  return [along(0), along(1)]
}

/** Blocks of `[batch, channels, height, width]` as columns, `[batch, channels · kernelHeight · kernelWidth, blocks]`. */
export function unfold(x: Tensor, kernelSize: Pair, options: BlockOptions = {}): Tensor {
  const [batch, channels, ...size] = x.dims
  if (x.rank !== 4 || batch === undefined)
    throw new ShapeError(`unfold: expected [batch, channels, height, width], got ${showDims(x.dims)}. Reshape it.`)
  const [rows, columns] = axesOf(
    'unfold',
    size.map((d) => staticDim(d, 'unfold')),
    kernelSize,
    options,
  )
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    [rows.padding, rows.padding],
    [columns.padding, columns.padding],
  ])
  const blocks = gather(gather(padded, columns.places, 3), rows.places, 2)
  const ordered = permute<Shape, Shape>(blocks, [0, 1, 2, 4, 3, 5])
  return reshape<Shape, Dims>(ordered, [batch, staticDim(channels ?? 1, 'unfold') * rows.kernel * columns.kernel, rows.count * columns.count])
}

/**
 * The transpose of {@link unfold}: columns `[batch, channels · kernelHeight · kernelWidth, blocks]` summed where their blocks overlap in
 * `[batch, channels, …outputSize]`.
 *
 * @throws ShapeError where the columns are not those of such an image.
 */
export function fold(x: Tensor, outputSize: Pair, kernelSize: Pair, options: BlockOptions = {}): Tensor {
  const [batch, depth, blocks] = x.dims
  if (x.rank !== 3 || batch === undefined)
    throw new ShapeError(`fold: expected [batch, channels · kernel, blocks], got ${showDims(x.dims)}. Reshape it.`)
  const size = pairOf('fold', 'outputSize', outputSize, 1)
  const [rows, columns] = axesOf('fold', size, kernelSize, options)
  const channels = staticDim(depth ?? 1, 'fold') / (rows.kernel * columns.kernel)
  if (!Number.isInteger(channels) || blocks !== rows.count * columns.count) {
    throw new ShapeError(
      `fold: expected columns of a multiple of ${rows.kernel * columns.kernel} and ${rows.count * columns.count} blocks for [${size.join(', ')}], got ${showDims(x.dims)}. Check the sizes.`,
    )
  }
  const split = reshape<Shape, Dims>(x, [batch, channels, rows.kernel, columns.kernel, rows.count, columns.count])
  const ordered = permute<Shape, Shape>(split, [0, 1, 2, 4, 3, 5])
  const padded = scatterAdd(rows.places, scatterAdd(columns.places, ordered, columns.padded, 4), rows.padded, 2)
  return padded.slice<Shape, Shape, Dims>([0, 0, rows.padding, columns.padding], [batch, channels, ...size])
}

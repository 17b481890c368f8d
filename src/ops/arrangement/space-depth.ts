// Blocks of pixels as channels, and back.

import { ConfigError, divideDims, type Dim, multiplyDims, permute, reshape, ShapeError, showDims, type Tensor } from '../../core/index.ts'

export interface SpaceDepthOptions {
  /** Whether the channels are the last axis or axis 1. Default 'channels_last'. */
  readonly dataFormat?: 'channels_last' | 'channels_first'
}

interface Image {
  readonly batch: Dim
  readonly height: Dim
  readonly width: Dim
  readonly channels: Dim
}

/** `move` of the image with channels last, the result in the layout of x. */
function channelsLast(where: string, x: Tensor, blockSize: number, format: string, move: (x: Tensor, sizes: Image) => Tensor): Tensor {
  if (format !== 'channels_last' && format !== 'channels_first') {
    throw new ConfigError(`${where}: expected dataFormat 'channels_last' or 'channels_first', got '${format}'. Choose one of them.`)
  }
  if (!Number.isInteger(blockSize) || blockSize < 2) {
    throw new ConfigError(`${where}: expected a blockSize that is whole and at least 2, got ${blockSize}. Choose 2 or more.`)
  }
  const image = format === 'channels_first' && x.rank === 4 ? permute(x, [0, 2, 3, 1]) : x
  const [batch, height, width, channels] = image.dims
  if (batch === undefined || height === undefined || width === undefined || channels === undefined || image.rank !== 4) {
    throw new ShapeError(`${where}: expected a batch of images with 4 axes, got ${showDims(x.dims)}. Add or remove axes.`)
  }
  const moved = move(image, { batch, height, width, channels })
  return format === 'channels_first' ? permute(moved, [0, 3, 1, 2]) : moved
}

function part(where: string, what: string, size: Dim, by: number): Dim {
  const result = divideDims(size, by)
  if (result === undefined)
    throw new ShapeError(`${where}: expected ${what} that ${by} divides, got ${String(size)}. Pad or choose another blockSize.`)
  return result
}

/** `[batch, height, width, channels]` to `[batch, height / b, width / b, channels · b²]`: each block of pixels becomes the channels of one. */
export function spaceToDepth(x: Tensor, blockSize: number, { dataFormat = 'channels_last' }: SpaceDepthOptions = {}): Tensor {
  return channelsLast('spaceToDepth', x, blockSize, dataFormat, (image, { batch, height, width, channels }) => {
    const [rows, columns] = [part('spaceToDepth', 'a height', height, blockSize), part('spaceToDepth', 'a width', width, blockSize)]
    const blocks = permute(reshape(image, [batch, rows, blockSize, columns, blockSize, channels]), [0, 1, 3, 2, 4, 5])
    return reshape(blocks, [batch, rows, columns, multiplyDims(channels, blockSize ** 2)])
  })
}

/** The inverse of {@link spaceToDepth}: `[batch, height, width, channels]` to `[batch, height · b, width · b, channels / b²]`. */
export function depthToSpace(x: Tensor, blockSize: number, { dataFormat = 'channels_last' }: SpaceDepthOptions = {}): Tensor {
  return channelsLast('depthToSpace', x, blockSize, dataFormat, (image, { batch, height, width, channels }) => {
    const depth = part('depthToSpace', 'a number of channels', channels, blockSize ** 2)
    const blocks = permute(reshape(image, [batch, height, width, blockSize, blockSize, depth]), [0, 1, 3, 2, 4, 5])
    return reshape(blocks, [batch, multiplyDims(height, blockSize), multiplyDims(width, blockSize), depth])
  })
}

// Blocks of pixels as channels, and back.

import { ConfigError, divideDims, type Dim, multiplyDims, permute, reshape, ShapeError, showDims, type Tensor } from '../../core/index.ts'
import { type DataFormat, type DataFormatOption, isChannelsFirst } from '../data-format.ts'

interface Image {
  readonly channelsFirst: boolean
  readonly batch: Dim
  readonly height: Dim
  readonly width: Dim
  readonly channels: Dim
}

/** The sizes of a batch of images, or the error that x or an option is not what it has to be. */
function imageOf(where: string, x: Tensor, blockSize: number, dataFormat: DataFormat | undefined): Image {
  const channelsFirst = isChannelsFirst(where, dataFormat)
  if (!Number.isInteger(blockSize) || blockSize < 2) {
    throw new ConfigError(`${where}: expected a blockSize that is whole and at least 2, got ${blockSize}. Choose 2 or more.`)
  }
  const [batch, second, third, last] = x.dims
  if (batch === undefined || second === undefined || third === undefined || last === undefined || x.rank !== 4) {
    throw new ShapeError(`${where}: expected a batch of images with 4 axes, got ${showDims(x.dims)}. Add or remove axes.`)
  }
  if (channelsFirst) return { channelsFirst, batch, channels: second, height: third, width: last }
  return { channelsFirst, batch, height: second, width: third, channels: last }
}

function part(where: string, what: string, size: Dim, by: number): Dim {
  const result = divideDims(size, by)
  if (result === undefined)
    throw new ShapeError(`${where}: expected ${what} that ${by} divides, got ${String(size)}. Pad or choose another blockSize.`)
  return result
}

/**
 * `[batch, height, width, channels]` to `[batch, height / b, width / b, b² · channels]`: each block of pixels becomes the channels of one. With
 * channels first, `[batch, channels · b², …]`: the pixels of one channel stay together (PyTorch's pixel unshuffle).
 */
export function spaceToDepth(x: Tensor, blockSize: number, { dataFormat }: DataFormatOption = {}): Tensor {
  const { channelsFirst, batch, height, width, channels } = imageOf('spaceToDepth', x, blockSize, dataFormat)
  const [rows, columns] = [part('spaceToDepth', 'a height', height, blockSize), part('spaceToDepth', 'a width', width, blockSize)]
  const depth = multiplyDims(channels, blockSize ** 2)
  if (channelsFirst) {
    const blocks = permute(reshape(x, [batch, channels, rows, blockSize, columns, blockSize]), [0, 1, 3, 5, 2, 4])
    return reshape(blocks, [batch, depth, rows, columns])
  }
  const blocks = permute(reshape(x, [batch, rows, blockSize, columns, blockSize, channels]), [0, 1, 3, 2, 4, 5])
  return reshape(blocks, [batch, rows, columns, depth])
}

/** The inverse of {@link spaceToDepth}: `[batch, height, width, channels]` to `[batch, height · b, width · b, channels / b²]`. */
export function depthToSpace(x: Tensor, blockSize: number, { dataFormat }: DataFormatOption = {}): Tensor {
  const { channelsFirst, batch, height, width, channels } = imageOf('depthToSpace', x, blockSize, dataFormat)
  const depth = part('depthToSpace', 'a number of channels', channels, blockSize ** 2)
  const [rows, columns] = [multiplyDims(height, blockSize), multiplyDims(width, blockSize)]
  if (channelsFirst) {
    const blocks = permute(reshape(x, [batch, depth, blockSize, blockSize, height, width]), [0, 1, 4, 2, 5, 3])
    return reshape(blocks, [batch, depth, rows, columns])
  }
  const blocks = permute(reshape(x, [batch, height, width, blockSize, blockSize, depth]), [0, 1, 3, 2, 4, 5])
  return reshape(blocks, [batch, rows, columns, depth])
}

// Patches: images and volumes cut into windows, and put together again.

import { cast, ConfigError, concat, type Dims, isFloat, pad, reshape, ShapeError, slice, staticDim, type Tensor, tensor } from '../../core/index.ts'
import { type DataFormat, type DataFormatOption, isChannelsFirst } from '../data-format.ts'
import { moveaxis } from '../arrangement/axes.ts'
import { oneOf } from './layout.ts'

export interface ExtractPatchesOptions extends DataFormatOption {
  /** Steps between patches. Default: the size, so that they do not overlap. */
  readonly strides?: number | readonly number[]
  /** Steps between the pixels of a patch; above 1 only where strides are 1. Default 1. */
  readonly dilationRate?: number | readonly number[]
  /** 'valid': only whole patches; 'same': ⌈size / stride⌉ of them, zeros outside. Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

export interface ReconstructPatchesOptions extends DataFormatOption {
  /** Steps between patches, as they were extracted. Default: the size. */
  readonly strides?: number | readonly number[]
  /** As they were extracted. Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

/** One axis of a cut: `count` windows of `size` taps. */
interface AxisCut {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  readonly count: number
  /** Zeros before and after; negative after where pixels at the end are in no window. */
  readonly padding: readonly [low: number, high: number]
}

function perAxis(where: string, option: string, value: number | readonly number[], axes: number): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(axes).fill(value) : value
  if (values.length === axes && values.every((n) => Number.isInteger(n) && n > 0)) return values
  throw new ConfigError(`${where}: expected ${option} to be ${axes} whole numbers above 0, got [${values.join(', ')}]. Change it.`)
}

function cutOf(where: string, spatial: readonly number[], size: readonly number[], options: ExtractPatchesOptions): readonly AxisCut[] {
  const strides = perAxis(where, 'strides', options.strides ?? size, size.length)
  const dilation = perAxis(where, 'dilationRate', options.dilationRate ?? 1, size.length)
  if (strides.some((s) => s > 1) && dilation.some((d) => d > 1)) {
    throw new ConfigError(
      `${where}: expected strides or dilationRate to be 1, got [${strides.join(', ')}] and [${dilation.join(', ')}]. Set one to 1.`,
    )
  }
  const padding = oneOf(where, 'padding', options.padding ?? 'valid', ['valid', 'same'])
  return spatial.map((whole, i) => {
    const [taps, stride, step] = [size[i] ?? 1, strides[i] ?? 1, dilation[i] ?? 1]
    const reach = (taps - 1) * step + 1
    const count = padding === 'same' ? Math.ceil(whole / stride) : Math.floor((whole - reach) / stride) + 1
    if (count < 1)
      throw new ShapeError(`${where}: expected at least ${reach} pixels on spatial axis ${i}, got ${whole}. Take smaller patches, or pad.`)
    const rest = (count - 1) * stride + reach - whole
    const low = padding === 'same' ? Math.floor(Math.max(rest, 0) / 2) : 0
    return { size: taps, stride, dilation: step, count, padding: [low, rest - low] }
  })
}

/** Every place within a window, the last axis fastest. */
function places(cut: readonly AxisCut[]): readonly (readonly number[])[] {
  return cut.reduce<readonly (readonly number[])[]>(
    (all, axis) => all.flatMap((place) => Array.from({ length: axis.size }, (_, i) => [...place, i])),
    [[]],
  )
}

/** Brings a batch to channels last, applies the formula, undoes it. */
function channelsLast(where: string, x: Tensor, spatialAxes: number, dataFormat: DataFormat | undefined, formula: (batch: Tensor) => Tensor): Tensor {
  const channelsFirst = isChannelsFirst(where, dataFormat)
  if (x.rank !== spatialAxes + 1 && x.rank !== spatialAxes + 2) {
    throw new ShapeError(`${where}: expected rank ${spatialAxes + 1} or, with a batch, ${spatialAxes + 2}, got ${x.toString()}. Reshape it.`)
  }
  const single = x.rank === spatialAxes + 1
  const batch = single ? reshape(x, [1, ...x.dims]) : x
  const last = formula(channelsFirst ? moveaxis(batch, 1, -1) : batch)
  const result = channelsFirst ? moveaxis(last, -1, 1) : last
  if (!single) return result
  const dims: Dims = result.dims.slice(1)
  return reshape(result, dims)
}

/**
 * Windows of images: `[batch, height, width, channels]` to `[batch, rows, columns, size[0] · size[1] · channels]` (pixels row by row, channels
 * fastest); with three sizes, of volumes `[batch, depth, height, width, channels]`. Without a batch axis, or channels first, likewise.
 */
export function extractPatches(images: Tensor, size: number | readonly number[], options: ExtractPatchesOptions = {}): Tensor {
  const axes = typeof size === 'number' ? 2 : size.length
  if (axes !== 2 && axes !== 3) throw new ConfigError(`extractPatches: expected size to be 2 or 3 numbers, got ${axes}. Give one per spatial axis.`)
  return patchesOf('extractPatches', images, perAxis('extractPatches', 'size', size, axes), options)
}

/** {@link extractPatches} of volumes `[batch, depth, height, width, channels]`; one size is a cube. */
export function extractPatches3d(volumes: Tensor, size: number | readonly number[], options: ExtractPatchesOptions = {}): Tensor {
  return patchesOf('extractPatches3d', volumes, perAxis('extractPatches3d', 'size', size, 3), options)
}

function patchesOf(where: string, x: Tensor, size: readonly number[], options: ExtractPatchesOptions): Tensor {
  return channelsLast(where, x, size.length, options.dataFormat, (batch) => {
    const spatial = batch.dims.slice(1, -1).map((d) => staticDim(d, where))
    const cut = cutOf(where, spatial, size, options)
    const padded = pad(batch, [[0, 0], ...cut.map((axis) => axis.padding), [0, 0]])
    const taps = places(cut).map((place) =>
      slice(
        padded,
        [0, ...place.map((i, axis) => i * (cut[axis]?.dilation ?? 1)), 0],
        [batch.dims[0] ?? 1, ...cut.map((axis) => axis.count), batch.dims.at(-1) ?? 1],
        [1, ...cut.map((axis) => axis.stride), 1],
      ),
    )
    return concat(taps, -1)
  })
}

/**
 * The inverse of {@link extractPatches}: `[batch, rows, columns, size[0] · size[1] · channels]` to images of `outputSize`, where patches overlap
 * their mean, zeros where there are none; with three sizes, volumes.
 */
export function reconstructPatches(
  patches: Tensor,
  size: number | readonly number[],
  outputSize: readonly number[],
  options: ReconstructPatchesOptions = {},
): Tensor {
  const where = 'reconstructPatches'
  const axes = outputSize.length
  if (axes !== 2 && axes !== 3) throw new ConfigError(`${where}: expected outputSize to be 2 or 3 numbers, got ${axes}. Give one per spatial axis.`)
  const taps = perAxis(where, 'size', size, axes)
  const cut = cutOf(where, perAxis(where, 'outputSize', outputSize, axes), taps, options)
  return channelsLast(where, patches, axes, options.dataFormat, (batch) => {
    const counts = batch.dims.slice(1, -1)
    if (counts.some((d, i) => d !== cut[i]?.count)) {
      throw new ShapeError(
        `${where}: expected ${cut.map((axis) => axis.count).join(' × ')} patches for [${outputSize.join(', ')}], got ${batch.toString()}. Check outputSize and strides.`,
      )
    }
    const inside = places(cut)
    const depth = staticDim(batch.dims.at(-1) ?? 1, where)
    if (depth % inside.length !== 0) {
      throw new ShapeError(`${where}: expected a last axis of ${inside.length} pixels times channels, got ${depth}. Check size.`)
    }
    const channels = depth / inside.length
    const spread = inside.map((place, i) => {
      const tap = slice(batch, [...batch.dims.slice(0, -1).map(() => 0), i * channels], [...batch.dims.slice(0, -1), channels])
      const borders = cut.map((axis, a): readonly [number, number] => {
        const low = (place[a] ?? 0) - axis.padding[0]
        return [low, (outputSize[a] ?? 0) - low - (axis.count - 1) * axis.stride - 1]
      })
      return pad(tap, [[0, 0], ...borders, [0, 0]], { interior: [0, ...cut.map((axis) => axis.stride - 1), 0] })
    })
    const [first, ...others] = spread
    if (first === undefined) return batch
    const total = others.reduce((a, b) => a.add(b), first)
    if (cut.every((axis) => axis.stride >= axis.size)) return total
    const shares = cut.map((axis, a) => sharesOf(axis, outputSize[a] ?? 0))
    return cast(
      shares.reduce((x, share, a) => x.multiply(reshape(tensor(share), onAxis(share.length, a, axes))), asFloat(total)),
      batch.dtype,
    )
  })
}

const asFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

/** A shape of `[1, …, length, …, 1]` for spatial axis `axis` of a batch. */
const onAxis = (length: number, axis: number, axes: number): number[] => Array.from({ length: axes + 2 }, (_, i) => (i === axis + 1 ? length : 1))

/** One over the number of windows that cover each pixel of an axis (1 where there are none). */
function sharesOf(axis: AxisCut, size: number): number[] {
  const covered = new Array<number>(size).fill(0)
  for (let i = 0; i < axis.count; i++) {
    for (let j = 0; j < axis.size; j++) {
      const at = i * axis.stride + j - axis.padding[0]
      if (at >= 0 && at < size) covered[at] = (covered[at] ?? 0) + 1
    }
  }
  return covered.map((n) => 1 / Math.max(n, 1))
}

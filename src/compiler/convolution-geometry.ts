// The sizes of a convolution or of a sliding window, read from its node once: what every renderer of such a kernel starts from.
import { type Dim, staticDim } from '../core/dimension.ts'
import { DeviceError } from '../core/errors.ts'
import type { ConvolutionGeometry, WindowGeometry } from '../core/primitives.ts'
import type { Dims } from '../core/dimension.ts'

/** One spatial axis: output position o reads input positions o · stride − low + k · dilation for k < window. */
export interface SpatialAxis {
  readonly input: number
  readonly output: number
  readonly window: number
  readonly stride: number
  readonly dilation: number
  /** Padding before the first element; negative crops. */
  readonly low: number
}

export interface ConvolutionSizes {
  readonly batch: Dim
  /** Outermost first; one to three. */
  readonly axes: readonly SpatialAxis[]
  readonly groups: number
  /** Channels of the input, all groups. */
  readonly channels: number
  /** Filters of all groups: channels of the output. */
  readonly filters: number
}

export interface WindowSizes {
  readonly batch: Dim
  readonly axes: readonly SpatialAxis[]
  readonly channels: number
}

/** Sizes of a convolution with `input`, `filter` and `output` shapes (channels last). */
export function convolutionSizes(geometry: ConvolutionGeometry, input: Dims, filter: Dims, output: Dims): ConvolutionSizes {
  const axes = geometry.strides.map((stride, i) =>
    spatialAxis(input, output, i, staticDim(at(filter, i), 'convolution'), stride, geometry.dilation[i] ?? 1, geometry.padding[i]?.[0] ?? 0),
  )
  return {
    batch: at(input, 0),
    axes,
    groups: geometry.groups,
    channels: staticDim(at(input, input.length - 1), 'convolution'),
    filters: staticDim(at(filter, filter.length - 1), 'convolution'),
  }
}

/** Sizes of a sliding window over `input` with one `output` position per window. */
export function windowSizes(geometry: WindowGeometry, input: Dims, output: Dims): WindowSizes {
  const axes = geometry.window.map((window, i) => spatialAxis(input, output, i, window, geometry.strides[i] ?? 1, 1, geometry.padding[i]?.[0] ?? 0))
  return { batch: at(input, 0), axes, channels: staticDim(at(input, input.length - 1), 'window') }
}

function spatialAxis(input: Dims, output: Dims, i: number, window: number, stride: number, dilation: number, low: number): SpatialAxis {
  const where = 'sliding window'
  return { input: staticDim(at(input, i + 1), where), output: staticDim(at(output, i + 1), where), window, stride, dilation, low }
}

function at(shape: Dims, axis: number): Dim {
  const d = shape[axis]
  if (d === undefined) throw new DeviceError(`compiler: expected a shape with an axis ${axis}, got ${shape.length} axes.`)
  return d
}

/** Product of one size of every axis. */
export function productOf(axes: readonly SpatialAxis[], size: (a: SpatialAxis) => number): number {
  return axes.reduce((product, a) => product * size(a), 1)
}

/** Whether every tap of every output position along `a` lies inside the input. */
export function staysInside(a: SpatialAxis): boolean {
  return a.low <= 0 && (a.output - 1) * a.stride - a.low + (a.window - 1) * a.dilation < a.input
}

// Convolution, its gradients and sliding windows as plain loops in double precision: what the kernels are compared with.
import type { ConvolutionGeometry, WindowGeometry } from '../../../../src/core/primitives.ts'

export type ConvolutionVariant = 'conv' | 'convInputGradient' | 'convFilterGradient'

/** Sizes of one convolution; channels last. */
export interface ConvolutionCase {
  readonly batch: number
  readonly input: readonly number[]
  readonly window: readonly number[]
  readonly channels: number
  readonly filters: number
  readonly geometry: ConvolutionGeometry
}

export const shapesOf = (c: ConvolutionCase) => {
  const output = c.input.map((n, i) => {
    const [low, high] = c.geometry.padding[i] ?? [0, 0]
    const reach = ((c.window[i] ?? 1) - 1) * (c.geometry.dilation[i] ?? 1) + 1
    return Math.floor((n + low + high - reach) / (c.geometry.strides[i] ?? 1)) + 1
  })
  return {
    input: [c.batch, ...c.input, c.channels],
    filter: [...c.window, c.channels / c.geometry.groups, c.filters],
    output: [c.batch, ...output, c.filters],
  }
}

/** Calls `visit` for every point below `sizes`, row-major. */
function points(sizes: readonly number[], visit: (point: readonly number[]) => void): void {
  const point = sizes.map(() => 0)
  const walk = (axis: number) => {
    if (axis === sizes.length) return visit(point)
    for (let i = 0; i < (sizes[axis] ?? 0); i++) {
      point[axis] = i
      walk(axis + 1)
    }
  }
  walk(0)
}

const flat = (point: readonly number[], sizes: readonly number[]) => point.reduce((p, x, i) => p * (sizes[i] ?? 1) + x, 0)
const at = (x: Float64Array, i: number) => x[i] ?? 0

/** `a` and `b` are the variant's operands, row-major. */
export function referenceConvolution(variant: ConvolutionVariant, c: ConvolutionCase, a: Float64Array, b: Float64Array): Float64Array {
  const shapes = shapesOf(c)
  const spatial = shapes.output.slice(1, -1)
  const { groups, strides, dilation, padding } = c.geometry
  const [inChannels, outChannels] = [c.channels / groups, c.filters / groups]
  const shape = variant === 'conv' ? shapes.output : variant === 'convInputGradient' ? shapes.input : shapes.filter
  const result = new Float64Array(shape.reduce((p, n) => p * n, 1))
  points([c.batch, ...spatial], ([n = 0, ...o]) => {
    points(c.window, (k) => {
      const i = o.map((x, axis) => x * (strides[axis] ?? 1) - (padding[axis]?.[0] ?? 0) + (k[axis] ?? 0) * (dilation[axis] ?? 1))
      if (i.some((x, axis) => x < 0 || x >= (c.input[axis] ?? 0))) return
      const x = flat([n, ...i], shapes.input.slice(0, -1)) * c.channels
      const y = flat([n, ...o], shapes.output.slice(0, -1)) * c.filters
      const w = flat(k, c.window) * inChannels * c.filters
      for (let g = 0; g < groups; g++) {
        for (let p = 0; p < inChannels; p++) {
          for (let q = 0; q < outChannels; q++) {
            const [xi, yi, wi] = [x + g * inChannels + p, y + g * outChannels + q, w + p * c.filters + g * outChannels + q]
            if (variant === 'conv') result[yi] = at(result, yi) + at(a, xi) * at(b, wi)
            else if (variant === 'convInputGradient') result[xi] = at(result, xi) + at(a, yi) * at(b, wi)
            else result[wi] = at(result, wi) + at(a, xi) * at(b, yi)
          }
        }
      }
    })
  })
  return result
}

export interface WindowCase {
  readonly batch: number
  readonly input: readonly number[]
  readonly channels: number
  readonly geometry: WindowGeometry
}

export const windowShapesOf = (c: WindowCase) => {
  const output = c.input.map((n, i) => {
    const [low, high] = c.geometry.padding[i] ?? [0, 0]
    return Math.floor((n + low + high - (c.geometry.window[i] ?? 1)) / (c.geometry.strides[i] ?? 1)) + 1
  })
  return { input: [c.batch, ...c.input, c.channels], output: [c.batch, ...output, c.channels] }
}

/** The positions in the input of each window's taps inside it, for every output element, row-major. */
function windowTaps(c: WindowCase): number[][] {
  const shapes = windowShapesOf(c)
  const all: number[][] = []
  points(shapes.output, ([n = 0, ...rest]) => {
    const [o, channel] = [rest.slice(0, -1), rest.at(-1) ?? 0]
    const taps: number[] = []
    points(c.geometry.window, (k) => {
      const i = o.map((x, axis) => x * (c.geometry.strides[axis] ?? 1) - (c.geometry.padding[axis]?.[0] ?? 0) + (k[axis] ?? 0))
      if (i.every((x, axis) => x >= 0 && x < (c.input[axis] ?? 0))) taps.push(flat([n, ...i, channel], shapes.input))
    })
    all.push(taps)
  })
  return all
}

/** max, min (NaN stays) or sum of each window. */
export function referenceReduceWindow(fn: 'max' | 'min' | 'sum', c: WindowCase, x: Float64Array): Float64Array {
  return Float64Array.from(windowTaps(c), (taps) => {
    const values = taps.map((i) => at(x, i))
    return fn === 'sum' ? values.reduce((s, v) => s + v, 0) : fn === 'max' ? Math.max(...values) : Math.min(...values)
  })
}

function firstExtreme(fn: 'max' | 'min', taps: readonly number[], x: Float64Array): number | undefined {
  let best: number | undefined
  for (const i of taps) {
    const beyond = best !== undefined && (fn === 'max' ? at(x, i) > at(x, best) : at(x, i) < at(x, best))
    if (best === undefined || beyond || (Number.isNaN(at(x, i)) && !Number.isNaN(at(x, best)))) best = i
  }
  return best
}

export function referenceWindowScatter(fn: 'max' | 'min', c: WindowCase, x: Float64Array, gradient: Float64Array): Float64Array {
  const result = new Float64Array(x.length)
  windowTaps(c).forEach((taps, o) => {
    const i = firstExtreme(fn, taps, x)
    if (i !== undefined) result[i] = at(result, i) + at(gradient, o)
  })
  return result
}

export function referenceWindowPick(fn: 'max' | 'min', c: WindowCase, x: Float64Array, values: Float64Array): Float64Array {
  return Float64Array.from(windowTaps(c), (taps) => {
    const i = firstExtreme(fn, taps, x)
    return i === undefined ? 0 : at(values, i)
  })
}

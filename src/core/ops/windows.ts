// Convolutions and pooling: sliding windows over the spatial axes of `[batch, ...spatial, channels]`.

import { type Dim, type Dims, staticDim } from '../dimension.ts'
import { promote } from '../dtype.ts'
import { makeNode } from '../graph.ts'
import type { ConvolutionGeometry, WindowGeometry } from '../primitives.ts'
import type { Conv, Fits, Shape, Show } from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { castNode, fillNode } from './broadcast.ts'
import { binary } from './elementwise.ts'

/** No padding, what keeps ⌈n / stride⌉ positions, or `[low, high]` per spatial axis. */
export type Padding = 'valid' | 'same' | readonly (readonly [low: number, high: number])[]

export interface ConvolutionOptions {
  /** One for all axes or one each. Default 1. */
  readonly strides?: number | readonly number[]
  /** Default 'valid'. */
  readonly padding?: Padding
  readonly dilation?: number | readonly number[]
  readonly groups?: number
}

/** An option as a literal where it is written as one, `Missing` where it is left out, `Unknown` where that is not known. */
type OptionOf<O, Key extends keyof ConvolutionOptions, Missing, Unknown> = O extends { readonly [K in Key]: infer Value }
  ? Value
  : Key extends keyof O
    ? Unknown
    : Missing
type NumbersOf<Value> = Value extends number | Shape ? Value : number
/** The shape of {@link conv}'s result. */
export type Convolved<A extends Shape, B extends Shape, O> = Conv<
  A,
  B,
  NumbersOf<OptionOf<O, 'strides', 1, number>>,
  OptionOf<O, 'padding', 'valid', readonly []>,
  NumbersOf<OptionOf<O, 'dilation', 1, number>>,
  OptionOf<O, 'groups', 1, number> extends infer Groups extends number ? Groups : number
>
/** A filter that fits an input, or a type that says it does not. */
export type Convolves<A extends Shape, B extends Shape, O> = Tensor<B> &
  Fits<Convolved<A, B, O>, `conv: input [${Show<A>}] and filter [${Show<B>}] do not fit`>

const perAxis = (value: number | readonly number[] | undefined, axes: number): readonly number[] =>
  typeof value === 'object' ? value : new Array<number>(axes).fill(value ?? 1)

/** Keras's `same`: total = max((⌈n/s⌉−1)·s + reach − n, 0), the extra one at the end. */
function resolvePadding(padding: Padding, sizes: Dims, reach: readonly number[], strides: readonly number[]): readonly (readonly [number, number])[] {
  if (padding === 'valid') return reach.map(() => [0, 0])
  if (padding !== 'same') return padding
  return reach.map((r, i) => {
    const stride = strides[i] ?? 1
    if (stride === 1) return [Math.floor((r - 1) / 2), Math.ceil((r - 1) / 2)]
    const size = staticDim(sizes[i] ?? 1, "padding 'same'")
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + r - size, 0)
    return [Math.floor(total / 2), total - Math.floor(total / 2)]
  })
}

function geometryOf(spatial: Dims, filter: Dims, options: ConvolutionOptions): ConvolutionGeometry {
  const axes = spatial.length
  const strides = perAxis(options.strides, axes)
  const dilation = perAxis(options.dilation, axes)
  const reach = spatial.map((_, i) => (staticDim(filter[i] ?? 1, 'conv') - 1) * (dilation[i] ?? 1) + 1)
  return { strides, dilation, groups: options.groups ?? 1, padding: resolvePadding(options.padding ?? 'valid', spatial, reach, strides) }
}

/** Convolution (cross-correlation) of `[batch, ...spatial, channels]` with `[...spatial, channels / groups, filters]`. */
export function conv<A extends Shape, B extends Shape, const O extends ConvolutionOptions = Record<never, never>>(
  x: Tensor<A>,
  filter: Convolves<A, B, O>,
  options?: O,
): Tensor<Convolved<A, B, O>> {
  const dtype = promote(x.dtype, filter.dtype)
  const geometry = geometryOf(x.dims.slice(1, -1), filter.dims, options ?? {})
  return new Tensor<Convolved<A, B, O>>(makeNode({ name: 'conv', geometry }, [castNode(x.node, dtype), castNode(filter.node, dtype)]))
}

/** The transpose of {@link conv}: `[batch, ...spatial, filters]` with `[...spatial, channels, filters]` gives `[batch, ...larger, channels]`. */
export function convTranspose(x: Tensor, filter: Tensor, options: ConvolutionOptions = {}): Tensor {
  const spatial = x.dims.slice(1, -1).map((d) => staticDim(d, 'convTranspose'))
  const strides = perAxis(options.strides, spatial.length)
  const dilation = perAxis(options.dilation, spatial.length)
  const padding = options.padding ?? 'valid'
  const sizes = spatial.map((n, i) => {
    const [stride, k] = [strides[i] ?? 1, staticDim(filter.dims[i] ?? 1, 'convTranspose')]
    const reach = (k - 1) * (dilation[i] ?? 1) + 1
    if (padding === 'same') return n * stride
    if (padding === 'valid') return n * stride + Math.max(reach - stride, 0)
    const [low, high] = padding[i] ?? [0, 0]
    return (n - 1) * stride + reach - low - high
  })
  const groups = options.groups ?? 1
  const channels = staticDim(filter.dims.at(-2) ?? 1, 'convTranspose') * groups
  const inputShape: Dim[] = [x.dims[0] ?? 1, ...sizes, channels]
  const geometry = geometryOf(sizes, filter.dims, options)
  return new Tensor(makeNode({ name: 'convInputGradient', geometry, inputShape }, [x.node, castNode(filter.node, x.dtype)]))
}

export interface PoolOptions {
  /** Default: the window. */
  readonly strides?: number | readonly number[]
  /** Default 'valid'. */
  readonly padding?: Padding
}

function windowOf(x: Tensor, window: number | readonly number[], options: PoolOptions): WindowGeometry {
  const spatial = x.dims.slice(1, -1)
  const sizes = perAxis(window, spatial.length)
  const strides = options.strides === undefined ? sizes : perAxis(options.strides, spatial.length)
  return { window: sizes, strides, padding: resolvePadding(options.padding ?? 'valid', spatial, sizes, strides) }
}

/** Largest element of each window. */
export function maxPool(x: Tensor, window: number | readonly number[], options: PoolOptions = {}): Tensor {
  return new Tensor(makeNode({ name: 'reduceWindow', fn: 'max', geometry: windowOf(x, window, options) }, [x.node]))
}

/** Mean of each window; padding is not counted. */
export function averagePool(x: Tensor, window: number | readonly number[], options: PoolOptions = {}): Tensor {
  const geometry = windowOf(x, window, options)
  const total = new Tensor(makeNode({ name: 'reduceWindow', fn: 'sum', geometry }, [x.node]))
  const unpadded = geometry.padding.every(([low, high]) => low === 0 && high === 0)
  if (unpadded) return binary('multiply', total, 1 / geometry.window.reduce((a, b) => a * b, 1))
  const ones = fillNode(1, [1, ...x.dims.slice(1, -1), 1], x.dtype)
  return binary('divide', total, new Tensor(makeNode({ name: 'reduceWindow', fn: 'sum', geometry }, [ones])))
}

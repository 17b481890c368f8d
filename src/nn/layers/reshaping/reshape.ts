// The elements of a sample in another shape, order or number.

import { broadcastTo, ConfigError, type Dim, expandDims, permute, reshape, type Shape, ShapeError, type Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { positive, shown } from '../../options/option-checks.ts'

/** Options of {@link Reshape}. */
export interface ReshapeOptions<Target extends readonly number[] = readonly number[]> extends LayerOptions {
  /** Shape of a sample, without the batch; one size may be −1. */
  readonly targetShape: Target
}

/** The call of a {@link Reshape}. */
export interface Reshape<Target extends readonly number[] = readonly number[]> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<ReshapedSample<S, Target>>
}

/** The batch and the sizes that are asked for, −1 as a number that is not known. */
export type ReshapedSample<S extends Shape, Target extends readonly number[]> = S extends readonly [infer Batch extends number, ...Shape]
  ? readonly [Batch, ...{ readonly [K in keyof Target]: Target[K] extends -1 ? number : Target[K] }]
  : Shape

/**
 * `[batch, …]` to `[batch, …targetShape]`, in row-major order.
 *
 * ```ts
 * model.add(layers.reshape({ targetShape: [7, 7, 64] }))
 * ```
 */
export class Reshape<Target extends readonly number[] = readonly number[]> extends Layer {
  private readonly targetShape: Target

  constructor(options: ReshapeOptions<Target>) {
    super(options, 'Reshape', ['targetShape'])
    if (!Array.isArray(options.targetShape) || options.targetShape.filter((size) => size === -1).length > 1) {
      throw new ConfigError(`${this.name}: expected targetShape as sizes of which one may be -1, got ${shown(options.targetShape)}. Change it.`)
    }
    for (const size of options.targetShape) if (size !== -1) positive(this.name, 'every size of targetShape', size)
    this.targetShape = options.targetShape
  }

  call(x: Tensor): Tensor {
    const batch: Dim = x.dims[0] ?? 1
    return reshape<Shape, readonly Dim[]>(x, [batch, ...this.targetShape])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), targetShape: [...this.targetShape] }
  }
}

/** Options of {@link Permute}. */
export interface PermuteOptions<Order extends readonly number[] = readonly number[]> extends LayerOptions {
  /** Axes of the input in the order of the result, from 1 (the first after the batch): `[2, 1]`. */
  readonly dims: Order
}

/** The axes of a sample in another order, as a type; any shape where they do not fit. */
export type PermutedSample<S extends Shape, Order extends readonly number[]> = S extends readonly [infer Batch extends number, ...Shape]
  ? number extends Order['length']
    ? Shape
    : readonly [Batch, ...{ readonly [K in keyof Order]: S[Order[K]] extends number ? S[Order[K]] : number }]
  : Shape

/** The call of a {@link Permute}. */
export interface Permute<Order extends readonly number[] = readonly number[]> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<PermutedSample<S, Order>>
}

/**
 * The axes of a sample in another order: axis i of the result is axis dims[i − 1] of the input.
 *
 * ```ts
 * model.add(layers.permute({ dims: [2, 1], inputShape: [10, 64] })) // [batch, 64, 10]
 * ```
 */
export class Permute<Order extends readonly number[] = readonly number[]> extends Layer {
  private readonly order: Order

  constructor(options: PermuteOptions<Order>) {
    super(options, 'Permute', ['dims'])
    const sorted = Array.isArray(options.dims) ? [...options.dims].sort((a, b) => a - b) : []
    if (sorted.length === 0 || sorted.some((axis, i) => axis !== i + 1)) {
      throw new ConfigError(
        `${this.name}: expected dims as the numbers 1 to ${Math.max(1, sorted.length)} in some order, got ${shown(options.dims)}. Name each axis once.`,
      )
    }
    this.order = options.dims
  }

  call(x: Tensor): Tensor {
    if (x.rank !== this.order.length + 1) {
      throw new ShapeError(`${this.name}: expected inputs of rank ${this.order.length + 1}, got [${x.dims.join(', ')}]. Give dims for each axis.`)
    }
    return permute<Shape, readonly number[]>(x, [0, ...this.order])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dims: [...this.order] }
  }
}

/** Options of {@link RepeatVector}. */
export interface RepeatVectorOptions<N extends number = number> extends LayerOptions {
  /** How often. */
  readonly n: N
}

/** The call of a {@link RepeatVector}. */
export interface RepeatVector<N extends number = number> {
  <S extends Shape>(
    x: Tensor<S>,
    options?: CallOptions,
  ): Tensor<S extends readonly [infer B extends number, infer F extends number] ? readonly [B, N, F] : Shape>
}

/** `[batch, features]` to `[batch, n, features]`: the same vector n times. */
export class RepeatVector<N extends number = number> extends Layer {
  private readonly n: N

  constructor(options: RepeatVectorOptions<N>) {
    super(options, 'RepeatVector', ['n'])
    positive(this.name, 'n', options.n)
    this.n = options.n
  }

  call(x: Tensor): Tensor {
    const [batch, features] = x.dims
    if (batch === undefined || features === undefined || x.rank !== 2) {
      throw new ShapeError(`${this.name}: expected inputs [batch, features], got [${x.dims.join(', ')}]. Flatten them first.`)
    }
    return broadcastTo<Shape, readonly Dim[]>(expandDims<Shape, number>(x, 1), [batch, this.n, features])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), n: this.n }
  }
}

// Rectifiers with a slope on the negative side.

import { greater, maximum, minimum, type Shape, type Tensor, where } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { numberWithin, optionalNumber } from '../../options/option-checks.ts'

/** Options of {@link LeakyReLU}. */
export interface LeakyReLUOptions extends LayerOptions {
  /** Slope below 0, of at least 0. Default 0.3, as Keras's layer (its activation has 0.2, PyTorch 0.01). */
  readonly negativeSlope?: number
}

/** The call of a {@link LeakyReLU}: the shape stays. */
export interface LeakyReLU {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** max(x, 0) + negativeSlope · min(x, 0), for inputs of any shape (Maas et al. 2013). */
export class LeakyReLU extends Layer {
  private readonly negativeSlope: number

  constructor(options: LeakyReLUOptions = {}) {
    super(options, 'LeakyReLU', ['negativeSlope'])
    this.negativeSlope = numberWithin(this.name, 'negativeSlope', options.negativeSlope ?? 0.3, { min: 0 })
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return where(greater<Tensor, number>(x, 0), x, x.multiply(this.negativeSlope))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), negativeSlope: this.negativeSlope }
  }
}

/** Options of {@link ReLU}. */
export interface ReLUOptions extends LayerOptions {
  /** The largest result. Default none. */
  readonly maxValue?: number | null
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number
  /** Where x begins to pass. Default 0. */
  readonly threshold?: number
}

/** The call of a {@link ReLU}: the shape stays. */
export interface ReLU {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * min(x, maxValue) where x ≥ threshold, else negativeSlope · (x − threshold); for inputs of any shape.
 *
 * ```ts
 * model.add(layers.reLU({ maxValue: 6 }))
 * ```
 */
export class ReLU extends Layer {
  private readonly maxValue: number | undefined
  private readonly negativeSlope: number
  private readonly threshold: number

  constructor(options: ReLUOptions = {}) {
    super(options, 'ReLU', ['maxValue', 'negativeSlope', 'threshold'])
    this.maxValue = optionalNumber(this.name, 'maxValue', options.maxValue, { min: 0 })
    this.negativeSlope = numberWithin(this.name, 'negativeSlope', options.negativeSlope ?? 0, { min: 0 })
    this.threshold = numberWithin(this.name, 'threshold', options.threshold ?? 0, { min: 0 })
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this
    const positive: Tensor = threshold === 0 ? maximum<Tensor, number>(x, 0) : where(greater<Tensor, number>(x, threshold), x, 0)
    const capped: Tensor = maxValue === undefined ? positive : minimum<Tensor, number>(positive, maxValue)
    if (negativeSlope === 0) return capped
    return capped.add(minimum<Tensor, number>(x.subtract(threshold), 0).multiply(negativeSlope))
  }

  override getConfig(): LayerConfig {
    const { negativeSlope, threshold } = this
    return { ...super.getConfig(), maxValue: this.maxValue ?? null, negativeSlope, threshold }
  }
}

// A rectifier whose negative slope is learned.

import { type Dims, maximum, minimum, ShapeError, type Shape, type Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { listOf, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'

/** Options of {@link PReLU}. */
export interface PReLUOptions extends LayerOptions {
  /** Default 'zeros'. */
  readonly alphaInitializer?: InitializerIdentifier
  readonly alphaRegularizer?: RegularizerIdentifier | null
  readonly alphaConstraint?: ConstraintIdentifier | null
  /** Axes (from 1: the first after the batch) along which one slope is used: `[1, 2]` for one slope per channel of an image. Default none. */
  readonly sharedAxes?: number | readonly number[] | null
}

/** The call of a {@link PReLU}: the shape stays. */
export interface PReLU {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * max(x, 0) + alpha · min(x, 0) (He et al. 2015).
 *
 * Parameters: `alpha`, the shape of a sample, with size 1 along `sharedAxes`.
 *
 * ```ts
 * model.add(layers.pReLU({ sharedAxes: [1, 2] }))
 * ```
 */
export class PReLU extends Layer {
  private readonly rules: ParameterRules
  private readonly sharedAxes: readonly number[]
  alpha: Parameter | undefined

  constructor(options: PReLUOptions = {}) {
    super(options, 'PReLU', [...ruleOptions('alpha'), 'sharedAxes'])
    const { alphaInitializer, alphaRegularizer, alphaConstraint, sharedAxes } = options
    this.rules = rulesOf(this.name, 'alpha', { initializer: alphaInitializer ?? 'zeros', regularizer: alphaRegularizer, constraint: alphaConstraint })
    this.sharedAxes = typeof sharedAxes === 'number' ? [sharedAxes] : (sharedAxes ?? [])
    listOf(this.name, 'sharedAxes', this.sharedAxes, (axis) => positive(this.name, 'every axis of sharedAxes', axis))
    this.supportsMasking = true
  }

  override build(inputShape: Dims): void {
    const missing = this.sharedAxes.find((axis) => axis >= inputShape.length)
    if (missing !== undefined) {
      throw new ShapeError(`${this.name}: expected sharedAxes among those of [${inputShape.join(', ')}], got ${missing}. Choose other axes.`)
    }
    const shape = inputShape.slice(1).map((size, i) => {
      if (this.sharedAxes.includes(i + 1)) return 1
      if (typeof size === 'number') return size
      throw new ShapeError(
        `${this.name}: expected a known size of axis ${i + 1}, got [${inputShape.join(', ')}]. Share the slope along it with sharedAxes.`,
      )
    })
    this.alpha = this.parameter('alpha', shape, this.rules.initializer, this.rules)
  }

  call(x: Tensor): Tensor {
    const alpha = this.read(this.alpha)
    if (alpha.rank !== x.rank - 1) {
      throw new ShapeError(
        `${this.name}: expected inputs of rank ${alpha.rank + 1}, as it was built, got [${x.dims.join(', ')}]. Make another layer.`,
      )
    }
    return maximum<Tensor, number>(x, 0).add(minimum<Tensor, number>(x, 0).multiply(alpha))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...rulesConfig('alpha', this.rules), sharedAxes: this.sharedAxes.length === 0 ? null : [...this.sharedAxes] }
  }
}

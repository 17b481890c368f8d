// What normalising layers share: gamma that multiplies and beta that is added afterwards.

import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { flag, numberWithin } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'

/** Options of {@link ScaleAndShift}. */
export interface ScaleAndShiftOptions extends LayerOptions {
  /** Added to the variance. Default 1e-3, as Keras (PyTorch: 1e-5). */
  readonly epsilon?: number
  /** Whether beta is added. Default true. */
  readonly center?: boolean
  /** Whether gamma multiplies. Default true. */
  readonly scale?: boolean
  /** Default 'zeros'. */
  readonly betaInitializer?: InitializerIdentifier
  /** Default 'ones'. */
  readonly gammaInitializer?: InitializerIdentifier
  readonly betaRegularizer?: RegularizerIdentifier | null
  readonly gammaRegularizer?: RegularizerIdentifier | null
  readonly betaConstraint?: ConstraintIdentifier | null
  readonly gammaConstraint?: ConstraintIdentifier | null
}

const scaleAndShiftOptions: readonly string[] = ['epsilon', 'center', 'scale', ...ruleOptions('beta'), ...ruleOptions('gamma')]

/** A layer that normalises, then multiplies with gamma and adds beta. */
export abstract class ScaleAndShift extends Layer {
  protected readonly epsilon: number
  private readonly center: boolean
  private readonly scale: boolean
  private readonly betaRules: ParameterRules
  private readonly gammaRules: ParameterRules
  beta: Parameter | undefined
  gamma: Parameter | undefined

  constructor(options: ScaleAndShiftOptions, className: string, own: readonly string[]) {
    super(options, className, [...own, ...scaleAndShiftOptions])
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 1e-3, { min: 0 })
    this.center = flag(this.name, 'center', options.center ?? true)
    this.scale = flag(this.name, 'scale', options.scale ?? true)
    const { betaInitializer, gammaInitializer } = options
    this.betaRules = rulesOf(this.name, 'beta', {
      initializer: betaInitializer ?? 'zeros',
      regularizer: options.betaRegularizer,
      constraint: options.betaConstraint,
    })
    this.gammaRules = rulesOf(this.name, 'gamma', {
      initializer: gammaInitializer ?? 'ones',
      regularizer: options.gammaRegularizer,
      constraint: options.gammaConstraint,
    })
    this.supportsMasking = true
  }

  /** Makes gamma and beta; called by `build`. */
  protected buildScaleAndShift(shape: readonly number[]): void {
    if (this.scale) this.gamma = this.parameter('gamma', shape, this.gammaRules.initializer, this.gammaRules)
    if (this.center) this.beta = this.parameter('beta', shape, this.betaRules.initializer, this.betaRules)
  }

  /** Gamma and beta as the operations take them; in full precision, as normalisation is computed. */
  protected get scaleAndShift() {
    const { gamma, beta } = this
    return { ...(gamma !== undefined && { gamma: gamma.value }), ...(beta !== undefined && { beta: beta.value }) }
  }

  override getConfig(): LayerConfig {
    const { epsilon, center, scale } = this
    return { ...super.getConfig(), epsilon, center, scale, ...rulesConfig('beta', this.betaRules), ...rulesConfig('gamma', this.gammaRules) }
  }
}

// Fully connected layer.

import { type Dims, type Shape, ShapeError, showDims, type Tensor } from '../../../core/index.ts'
import { type Activation, resolveActivation } from '../../activations/activations.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { flag, lookedUp, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import type { WithLast } from '../../layer/result-shapes.ts'
import { activationConfig, logitsOf } from '../logits.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'

/** What layers with a kernel and a bias can be told of them. */
export interface KernelOptions extends LayerOptions {
  /** Default 'linear'. */
  readonly activation?: string | Activation | null
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerIdentifier
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerIdentifier
  /** Penalties that are added to the loss. Default none. */
  readonly kernelRegularizer?: RegularizerIdentifier | null
  readonly biasRegularizer?: RegularizerIdentifier | null
  /** Where updates move the parameters to. Default none. */
  readonly kernelConstraint?: ConstraintIdentifier | null
  readonly biasConstraint?: ConstraintIdentifier | null
}

/** The names of {@link KernelOptions} but `useBias`. */
export const kernelOptions: readonly string[] = ['activation', ...ruleOptions('kernel'), ...ruleOptions('bias')]

/** Options of {@link Dense}. */
export interface DenseOptions<Units extends number = number> extends KernelOptions {
  /** Size of the result's last axis. */
  readonly units: Units
}

/** The call of a {@link Dense}: the last axis becomes `units`. */
export interface Dense<Units extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithLast<S, Units>>
}

/**
 * activation(x · kernel + bias): `[batch, …, features]` to `[batch, …, units]`.
 *
 * Parameters: `kernel` `[features, units]`, `bias` `[units]`.
 *
 * ```ts
 * model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
 * ```
 */
export class Dense<Units extends number = number> extends Layer {
  readonly units: Units
  private readonly activation: Activation
  private readonly useBias: boolean
  private readonly kernelRules: ParameterRules
  private readonly biasRules: ParameterRules
  kernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: DenseOptions<Units>) {
    super(options, 'Dense', ['units', 'useBias', ...kernelOptions])
    positive(this.name, 'units', options.units)
    this.units = options.units
    this.activation = lookedUp(this.name, 'activation', () => resolveActivation(options.activation))
    this.useBias = flag(this.name, 'useBias', options.useBias ?? true)
    this.kernelRules = kernelRules(this.name, options)
    this.biasRules = biasRules(this.name, options)
    this.supportsMasking = true
  }

  override build(inputShape: Dims): void {
    const features = inputShape.at(-1)
    if (typeof features !== 'number' || inputShape.length < 2) {
      throw new ShapeError(`${this.name}: expected inputs [batch, …, features], got ${showDims(inputShape)}. Flatten or reshape before it.`)
    }
    this.kernel = this.parameter('kernel', [features, this.units], this.kernelRules.initializer, this.kernelRules)
    if (this.useBias) this.bias = this.parameter('bias', [this.units], this.biasRules.initializer, this.biasRules)
  }

  private linear(x: Tensor): Tensor {
    const product: Tensor = x.matmul(this.read(this.kernel))
    return this.bias === undefined ? product : product.add(this.read(this.bias))
  }

  call(x: Tensor): Tensor {
    return this.activation(this.linear(x))
  }

  override logits() {
    return logitsOf(this.activation, (x) => this.linear(x))
  }

  override getConfig(): LayerConfig {
    const { units, useBias } = this
    return {
      ...super.getConfig(),
      units,
      activation: activationConfig(this.activation),
      useBias,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
    }
  }
}

/** The rules of a kernel; glorotUniform by default. */
export function kernelRules(where: string, { kernelInitializer, kernelRegularizer, kernelConstraint }: KernelOptions): ParameterRules {
  return rulesOf(where, 'kernel', { initializer: kernelInitializer ?? 'glorotUniform', regularizer: kernelRegularizer, constraint: kernelConstraint })
}

/** The rules of a bias; zeros by default. */
export function biasRules(where: string, { biasInitializer, biasRegularizer, biasConstraint }: KernelOptions): ParameterRules {
  return rulesOf(where, 'bias', { initializer: biasInitializer ?? 'zeros', regularizer: biasRegularizer, constraint: biasConstraint })
}

// Adam, and Adam with decoupled weight decay.

import { ConfigError, type Tensor } from '../../core/index.ts'
import { Optimizer, type OptimizerOptions, type Rule } from './optimizer.ts'

/** Options of {@link Adam}. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number
  /** Added after the square root. Default 1e-7, as Keras (PyTorch: 1e-8). */
  readonly epsilon?: number
}

/** Options of {@link AdamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Share of the learning rate by which weights shrink. Default 0.004, as Keras (PyTorch: 0.01). */
  readonly weightDecay?: number
  /** Decays only parameters of two axes and more, so not biases and norms. Default false. */
  readonly decayMatricesOnly?: boolean
}

/**
 * m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², w −= α·m/(√v+ε) with α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ) (Kingma & Ba 2015, §2). Learning rate 0.001 by
 * default.
 */
export class Adam extends Optimizer {
  protected readonly momentCount = 2
  private readonly beta1: number
  private readonly beta2: number
  private readonly epsilon: number

  constructor(options: AdamOptions = {}, name = 'adam') {
    super(name, 0.001, options)
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options
    for (const [what, beta] of Object.entries({ beta1, beta2 })) {
      if (!(beta >= 0 && beta < 1)) throw new ConfigError(`${name}: expected ${what} of at least 0 and below 1, got ${beta}. Change it.`)
    }
    this.beta1 = beta1
    this.beta2 = beta2
    this.epsilon = epsilon
  }

  /** A parameter before its update. */
  protected decayed(parameter: Tensor, _learningRate: Tensor): Tensor {
    return parameter
  }

  protected rule(step: Tensor, learningRate: Tensor): Rule {
    const { beta1, beta2, epsilon } = this
    // 1 − βᵗ through expm1, which keeps its digits while βᵗ is near 1.
    const correction1: Tensor = step.multiply(Math.log(beta1)).expm1().negate()
    const correction2: Tensor = step.multiply(Math.log(beta2)).expm1().negate()
    const rate: Tensor = learningRate.multiply(correction2.sqrt()).divide(correction1)
    return (gradient, parameter, [m, v]) => {
      if (m === undefined || v === undefined) throw new ConfigError(`${this.name}: expected two moments for each parameter. Pass initialize's state.`)
      const first: Tensor = m.multiply(beta1).add(gradient.multiply(1 - beta1))
      const second: Tensor = v.multiply(beta2).add(gradient.square().multiply(1 - beta2))
      const move: Tensor = rate.multiply(first).divide(second.sqrt().add(epsilon))
      return { parameter: this.decayed(parameter, learningRate).subtract(move), moments: [first, second] }
    }
  }
}

/** {@link Adam} with decoupled decay: w −= lr·decay·w before the update (Loshchilov & Hutter 2019). */
export class AdamW extends Adam {
  private readonly weightDecay: number
  private readonly decayMatricesOnly: boolean

  constructor(options: AdamWOptions = {}) {
    super(options, 'adamw')
    const { weightDecay = 0.004, decayMatricesOnly = false } = options
    if (!(weightDecay >= 0)) throw new ConfigError(`adamw: expected a weightDecay of at least 0, got ${weightDecay}. Change it.`)
    this.weightDecay = weightDecay
    this.decayMatricesOnly = decayMatricesOnly
  }

  protected override decayed(parameter: Tensor, learningRate: Tensor): Tensor {
    if (this.weightDecay === 0 || (this.decayMatricesOnly && parameter.rank < 2)) return parameter
    return parameter.multiply(learningRate.multiply(-this.weightDecay).add(1))
  }
}

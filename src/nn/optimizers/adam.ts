// Adam, and Adam with decoupled weight decay.

import { maximum, type Tensor } from '../../core/index.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { checkBetas, correction, decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Adamax}, {@link Nadam} and {@link Lamb}; those of {@link Adam} but for amsgrad. */
export interface MomentOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients (Adamax: of their largest). Default 0.999. */
  readonly beta2?: number
  /** Added after the square root. Default 1e-7, as Keras (PyTorch: 1e-8). */
  readonly epsilon?: number
}

/** Options of {@link Adam}. */
export interface AdamOptions extends MomentOptions {
  /** Divides by the largest mean of squares so far (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean
}

/** Options of {@link AdamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Share of the learning rate by which weights shrink. Default 0.004, as Keras (PyTorch: 0.01). */
  readonly weightDecay?: number
}

/** What the optimizers with β₁, β₂ and ε share: their checks. */
export abstract class MomentOptimizer extends Optimizer {
  protected readonly beta1: number
  protected readonly beta2: number
  protected readonly epsilon: number

  constructor(name: string, options: MomentOptions, own: readonly string[] = []) {
    super(name, 0.001, options, [...own, 'beta1', 'beta2', 'epsilon'])
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options
    checkBetas(this.name, { beta1, beta2 })
    this.beta1 = beta1
    this.beta2 = beta2
    this.epsilon = numberWithin(this.name, 'epsilon', epsilon, { min: 0 })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon }
  }
}

/**
 * m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², w −= α·m/(√v+ε) with α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ) (Kingma & Ba 2015, §2). Learning rate 0.001 by
 * default.
 *
 * ```ts
 * model.compile({ loss: 'meanSquaredError', optimizer: new Adam({ learningRate: 3e-4, globalClipNorm: 1 }) })
 * ```
 */
export class Adam extends MomentOptimizer {
  readonly className: string = 'Adam'
  private readonly amsgrad: boolean
  protected override readonly slotOrder = [['momentum', 'velocity'], ['velocityHat']]

  constructor(options: AdamOptions = {}, name = 'adam') {
    super(name, options, ['amsgrad'])
    this.amsgrad = flag(this.name, 'amsgrad', options.amsgrad ?? false)
  }

  protected override newSlots(parameter: Tensor): Slots {
    const [momentum, velocity] = [zerosLike(parameter), zerosLike(parameter)]
    return { momentum, velocity, ...(this.amsgrad && { velocityHat: zerosLike(parameter) }) }
  }

  protected rule({ number, learningRate }: Step): Rule {
    const { beta1, beta2, epsilon, amsgrad } = this
    const rate: Tensor = learningRate.multiply(correction(beta2, number).sqrt()).divide(correction(beta1, number))
    return (gradient, parameter, slots) => {
      const momentum = decaying(slotOf(slots, 'momentum'), gradient, beta1)
      const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), beta2)
      const largest: Tensor = amsgrad ? maximum<Tensor, Tensor>(slotOf(slots, 'velocityHat'), velocity) : velocity
      const move: Tensor = rate.multiply(momentum).divide(largest.sqrt().add(epsilon))
      return { parameter: parameter.subtract(move), slots: { momentum, velocity, ...(amsgrad && { velocityHat: largest }) } }
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), amsgrad: this.amsgrad }
  }
}

/** {@link Adam} with decoupled decay of 0.004: w −= lr·decay·w before the update (Loshchilov & Hutter 2019). */
export class AdamW extends Adam {
  override readonly className: string = 'AdamW'

  constructor(options: AdamWOptions = {}) {
    super(typeof options === 'object' && options !== null ? { ...options, weightDecay: options.weightDecay ?? 0.004 } : options, 'adamw')
  }
}

// AdamW that averages its own steps and so needs no schedule.

import type { Tensor } from '../../core/index.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { checkBetas, correction, decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link ScheduleFreeAdamW}. */
export interface ScheduleFreeAdamWOptions extends OptimizerOptions {
  /** The average's share in the weights that gradients are taken at. Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number
  /** Added after the square root. Default 1e-8. */
  readonly epsilon?: number
  /** Steps over which the learning rate rises from 0. Default 0. */
  readonly warmupSteps?: number
}

/**
 * v = β₂v + (1−β₂)g², z −= lr·g/(√(v/(1−β₂ᵗ))+ε), x += (z − x)/t, w = (1−β₁)z + β₁x (Defazio et al. 2024). z starts as w; x is (w − (1−β₁)z)/β₁.
 * Learning rate 0.0025 by default.
 */
export class ScheduleFreeAdamW extends Optimizer {
  readonly className: string = 'ScheduleFreeAdamW'
  private readonly beta1: number
  private readonly beta2: number
  private readonly epsilon: number
  private readonly warmupSteps: number
  protected override readonly slotOrder = [['momentum', 'velocity']]

  constructor(options: ScheduleFreeAdamWOptions = {}) {
    super('schedulefreeadamw', 0.0025, options, ['beta1', 'beta2', 'epsilon', 'warmupSteps'])
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, warmupSteps = 0 } = options
    checkBetas(this.name, { beta2 })
    this.beta1 = numberWithin(this.name, 'beta1', beta1, { above: 0, max: 1 })
    this.beta2 = beta2
    this.epsilon = numberWithin(this.name, 'epsilon', epsilon, { min: 0 })
    this.warmupSteps = numberWithin(this.name, 'warmupSteps', warmupSteps, { min: 0 })
  }

  protected override newSlots(parameter: Tensor): Slots {
    // A sum, so that it has memory of its own: a step takes that of both.
    return { momentum: parameter.add(zerosLike(parameter)), velocity: zerosLike(parameter) }
  }

  protected rule({ number, learningRate }: Step): Rule {
    const { beta1, beta2, epsilon, warmupSteps } = this
    const rate: Tensor = warmupSteps === 0 ? learningRate : learningRate.multiply(number.multiply(1 / warmupSteps).minimum(1))
    const unbiased = correction(beta2, number).reciprocal()
    const weight = number.reciprocal()
    return (gradient, parameter, slots) => {
      const before = slotOf(slots, 'momentum')
      const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), beta2)
      const move: Tensor = gradient.multiply(rate).divide(velocity.multiply(unbiased).sqrt().add(epsilon))
      const momentum: Tensor = before.subtract(move)
      const average: Tensor = parameter.subtract(before.multiply(1 - beta1)).multiply(1 / beta1)
      const nextAverage: Tensor = average.add(momentum.subtract(average).multiply(weight))
      return { parameter: momentum.multiply(1 - beta1).add(nextAverage.multiply(beta1)), slots: { momentum, velocity } }
    }
  }

  override getConfig(): Config {
    const { beta1, beta2, epsilon, warmupSteps } = this
    return { ...super.getConfig(), beta1, beta2, epsilon, warmupSteps }
  }
}

// Gradients scaled so that steps have the unit of the weights.

import type { Tensor } from '../../core/index.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Adadelta}. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the averages. Default 0.95. */
  readonly rho?: number
  /** Added before the square roots. Default 1e-7. */
  readonly epsilon?: number
}

/**
 * a = ρa + (1−ρ)g², Δ = −g·√(d+ε)/√(a+ε), d = ρd + (1−ρ)Δ², w += lr·Δ (Zeiler 2012, where lr is 1). Learning rate 0.001 by default.
 */
export class Adadelta extends Optimizer {
  readonly className: string = 'Adadelta'
  private readonly rho: number
  private readonly epsilon: number
  protected override readonly slotOrder = [['accumulatedGradient', 'accumulatedDelta']]

  constructor(options: AdadeltaOptions = {}) {
    super('adadelta', 0.001, options, ['rho', 'epsilon'])
    this.rho = numberWithin(this.name, 'rho', options.rho ?? 0.95, { min: 0, max: 1 })
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 1e-7, { min: 0 })
  }

  protected override newSlots(parameter: Tensor): Slots {
    return { accumulatedGradient: zerosLike(parameter), accumulatedDelta: zerosLike(parameter) }
  }

  protected rule({ learningRate }: Step): Rule {
    const { rho, epsilon } = this
    const rms = (x: Tensor): Tensor => x.add(epsilon).sqrt()
    return (gradient, parameter, slots) => {
      const deltas = slotOf(slots, 'accumulatedDelta')
      const accumulatedGradient = decaying(slotOf(slots, 'accumulatedGradient'), gradient.square(), rho)
      const delta: Tensor = rms(deltas).multiply(gradient).divide(rms(accumulatedGradient))
      return {
        parameter: parameter.subtract(delta.multiply(learningRate)),
        slots: { accumulatedGradient, accumulatedDelta: decaying(deltas, delta.square(), rho) },
      }
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rho: this.rho, epsilon: this.epsilon }
  }
}

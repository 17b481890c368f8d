// Gradients divided by a moving average of their size.

import type { Tensor } from '../../core/index.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link RMSprop}. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients. Default 0.9. */
  readonly rho?: number
  /** Default 0. */
  readonly momentum?: number
  /** Added before the square root. Default 1e-7. */
  readonly epsilon?: number
  /** Whether to divide by the deviation of the gradients rather than by their size. Default false. */
  readonly centered?: boolean
}

/**
 * v = ρv + (1−ρ)g², w −= lr·g/√(v+ε); centred, √(v − ḡ² + ε) with ḡ = ρḡ + (1−ρ)g; with momentum m = μm + lr·g/√…, w −= m (Hinton's lecture
 * 6e, 2012). Learning rate 0.001 by default.
 */
export class RMSprop extends Optimizer {
  readonly className: string = 'RMSprop'
  private readonly rho: number
  private readonly momentum: number
  private readonly epsilon: number
  private readonly centered: boolean
  protected override readonly slotOrder = [['velocity'], ['momentum'], ['averageGradient']]

  constructor(options: RMSpropOptions = {}) {
    super('rmsprop', 0.001, options, ['rho', 'momentum', 'epsilon', 'centered'])
    this.rho = numberWithin(this.name, 'rho', options.rho ?? 0.9, { min: 0, max: 1 })
    this.momentum = numberWithin(this.name, 'momentum', options.momentum ?? 0, { min: 0, max: 1 })
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 1e-7, { min: 0 })
    this.centered = flag(this.name, 'centered', options.centered ?? false)
  }

  protected override newSlots(parameter: Tensor): Slots {
    return {
      velocity: zerosLike(parameter),
      ...(this.momentum > 0 && { momentum: zerosLike(parameter) }),
      ...(this.centered && { averageGradient: zerosLike(parameter) }),
    }
  }

  protected rule({ learningRate }: Step): Rule {
    const { rho, epsilon, centered } = this
    return (gradient, parameter, slots) => {
      const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), rho)
      const averageGradient = centered ? decaying(slotOf(slots, 'averageGradient'), gradient, rho) : undefined
      const variance: Tensor = averageGradient === undefined ? velocity : velocity.subtract(averageGradient.square())
      const move: Tensor = gradient.multiply(learningRate).divide(variance.add(epsilon).sqrt())
      const kept: Slots = { velocity, ...(averageGradient && { averageGradient }) }
      if (this.momentum === 0) return { parameter: parameter.subtract(move), slots: kept }
      const momentum: Tensor = slotOf(slots, 'momentum').multiply(this.momentum).add(move)
      return { parameter: parameter.subtract(momentum), slots: { ...kept, momentum } }
    }
  }

  override getConfig(): Config {
    const { rho, momentum, epsilon, centered } = this
    return { ...super.getConfig(), rho, momentum, epsilon, centered }
  }
}

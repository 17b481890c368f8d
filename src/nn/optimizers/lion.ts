// Steps of one size, in the direction of the signs of a momentum.

import type { Tensor } from '../../core/index.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Lion}. */
export interface LionOptions extends OptimizerOptions {
  /** The momentum's share of a step's direction. Default 0.9. */
  readonly beta1?: number
  /** Decay of the momentum. Default 0.99. */
  readonly beta2?: number
}

/** w −= lr·sign(β₁m + (1−β₁)g), then m = β₂m + (1−β₂)g (Chen et al. 2023). Learning rate 0.001 by default; a tenth of Adam's is usual. */
export class Lion extends Optimizer {
  readonly className: string = 'Lion'
  private readonly beta1: number
  private readonly beta2: number
  protected override readonly slotOrder = [['momentum']]

  constructor(options: LionOptions = {}) {
    super('lion', 0.001, options, ['beta1', 'beta2'])
    this.beta1 = numberWithin(this.name, 'beta1', options.beta1 ?? 0.9, { above: 0, max: 1 })
    this.beta2 = numberWithin(this.name, 'beta2', options.beta2 ?? 0.99, { min: 0, max: 1 })
  }

  protected override newSlots(parameter: Tensor): Slots {
    return { momentum: zerosLike(parameter) }
  }

  protected rule({ learningRate }: Step): Rule {
    return (gradient, parameter, slots) => {
      const momentum = slotOf(slots, 'momentum')
      const direction: Tensor = decaying(momentum, gradient, this.beta1).sign()
      return { parameter: parameter.subtract(direction.multiply(learningRate)), slots: { momentum: decaying(momentum, gradient, this.beta2) } }
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta1: this.beta1, beta2: this.beta2 }
  }
}

// Adam with the largest of the gradients instead of their mean square.

import { maximum, type Tensor } from '../../core/index.ts'
import { MomentOptimizer, type MomentOptions } from './adam.ts'
import { correction, decaying, zerosLike } from './moments.ts'
import type { Rule, Step } from './optimizer.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** m = β₁m + (1−β₁)g, u = max(β₂u, |g|), w −= lr·m / ((1−β₁ᵗ)(u+ε)) (Kingma & Ba 2015, §7.1). Learning rate 0.001 by default. */
export class Adamax extends MomentOptimizer {
  readonly className: string = 'Adamax'
  protected override readonly slotOrder = [['momentum', 'norm']]

  constructor(options: MomentOptions = {}) {
    super('adamax', options)
  }

  protected override newSlots(parameter: Tensor): Slots {
    return { momentum: zerosLike(parameter), norm: zerosLike(parameter) }
  }

  protected rule({ number, learningRate }: Step): Rule {
    const rate: Tensor = learningRate.divide(correction(this.beta1, number))
    return (gradient, parameter, slots) => {
      const momentum = decaying(slotOf(slots, 'momentum'), gradient, this.beta1)
      const norm = maximum<Tensor, Tensor>(slotOf(slots, 'norm').multiply(this.beta2), gradient.abs())
      const move: Tensor = rate.multiply(momentum).divide(norm.add(this.epsilon))
      return { parameter: parameter.subtract(move), slots: { momentum, norm } }
    }
  }
}

// Adam whose steps are as long as the weights say, for very large batches.

import { greater, sqrt, square, sum, type Tensor, where } from '../../core/index.ts'
import { MomentOptimizer, type MomentOptions } from './adam.ts'
import { correction, decaying, zerosLike } from './moments.ts'
import type { Rule, Step } from './optimizer.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** u = m̂/(√v̂+ε), w −= lr·(‖w‖/‖u‖)·u, the ratio 1 where a norm is 0 (You et al. 2020). Learning rate 0.001 by default. */
export class Lamb extends MomentOptimizer {
  readonly className: string = 'Lamb'
  protected override readonly slotOrder = [['momentum', 'velocity']]

  constructor(options: MomentOptions = {}) {
    super('lamb', options)
  }

  protected override newSlots(parameter: Tensor): Slots {
    return { momentum: zerosLike(parameter), velocity: zerosLike(parameter) }
  }

  protected rule({ number, learningRate }: Step): Rule {
    const { beta1, beta2, epsilon } = this
    const [unbiased1, unbiased2] = [correction(beta1, number).reciprocal(), correction(beta2, number).reciprocal()]
    return (gradient, parameter, slots) => {
      const momentum = decaying(slotOf(slots, 'momentum'), gradient, beta1)
      const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), beta2)
      const move: Tensor = momentum.multiply(unbiased1).divide(velocity.multiply(unbiased2).sqrt().add(epsilon))
      const [weightNorm, moveNorm] = [sqrt(sum(square(parameter))), sqrt(sum(square(move)))]
      const both = greater<Tensor, number>(weightNorm.minimum(moveNorm), 0)
      const ratio = where(both, weightNorm.divide(moveNorm), 1)
      return { parameter: parameter.subtract(move.multiply(ratio.multiply(learningRate))), slots: { momentum, velocity } }
    }
  }
}

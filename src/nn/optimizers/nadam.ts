// Adam with Nesterov's momentum.

import { ones, type Tensor } from '../../core/index.ts'
import { MomentOptimizer, type MomentOptions } from './adam.ts'
import { correction, decaying, zerosLike } from './moments.ts'
import type { Rule, Step } from './optimizer.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/**
 * m and v as Adam's; w −= lr·m̂/(√v̂+ε) with m̂ = uₜ₊₁m/(1−Πuᵢ·uₜ₊₁) + (1−uₜ)g/(1−Πuᵢ), uₜ = β₁(1 − ½·0.96ᵗ), v̂ = v/(1−β₂ᵗ) (Dozat 2016).
 * Learning rate 0.001 by default.
 */
export class Nadam extends MomentOptimizer {
  readonly className: string = 'Nadam'
  protected override readonly slotOrder = [['momentum', 'velocity']]
  protected override readonly sharedOrder = ['product']

  constructor(options: MomentOptions = {}) {
    super('nadam', options)
  }

  protected override newSlots(parameter: Tensor): Slots {
    return { momentum: zerosLike(parameter), velocity: zerosLike(parameter) }
  }

  protected override newShared(): Slots {
    return { product: ones([]) }
  }

  protected override nextShared(number: Tensor, shared: Slots): Slots {
    return { product: slotOf(shared, 'product').multiply(this.share(number)) }
  }

  /** uₜ. */
  private share(number: Tensor): Tensor {
    return number.multiply(Math.log(0.96)).exp().multiply(-0.5).add(1).multiply(this.beta1)
  }

  protected rule({ number, learningRate, shared }: Step): Rule {
    const { beta1, beta2, epsilon } = this
    const [now, next] = [this.share(number), this.share(number.add(1))]
    const product = slotOf(shared, 'product')
    const left = (x: Tensor): Tensor => x.negate().add(1)
    const ofMomentum: Tensor = next.divide(left(product.multiply(next)))
    const ofGradient: Tensor = left(now).divide(left(product))
    const unbiased = correction(beta2, number).reciprocal()
    return (gradient, parameter, slots) => {
      const momentum = decaying(slotOf(slots, 'momentum'), gradient, beta1)
      const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), beta2)
      const direction: Tensor = momentum.multiply(ofMomentum).add(gradient.multiply(ofGradient))
      const move: Tensor = direction.multiply(learningRate).divide(velocity.multiply(unbiased).sqrt().add(epsilon))
      return { parameter: parameter.subtract(move), slots: { momentum, velocity } }
    }
  }
}

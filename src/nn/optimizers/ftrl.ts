// Follow the regularised leader: sparse weights for linear models of many features.

import { clip, full, power, type Tensor } from '../../core/index.ts'
import { numbersWithin, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Ftrl}. */
export interface FtrlOptions extends OptimizerOptions {
  /** At most 0: how the learning rate falls with the squares; 0 is a constant rate. Default −0.5. */
  readonly learningRatePower?: number
  /** What the sum of squares starts with. Default 0.1. */
  readonly initialAccumulatorValue?: number
  /** Default 0. */
  readonly l1RegularizationStrength?: number
  /** Default 0. */
  readonly l2RegularizationStrength?: number
  /** L2 that is added to gradients, and so a penalty on the loss. Default 0. */
  readonly l2ShrinkageRegularizationStrength?: number
  /** Added to the rate's denominator, the β of the paper. Default 0. */
  readonly beta?: number
}

/**
 * With p = −learningRatePower, a' = a + g² and ĝ = g + 2·l2Shrinkage·w: z += ĝ − w·(a'ᵖ − aᵖ)/lr, w = (clip(z, ±l1) − z)/(a'ᵖ/lr + 2·l2 + β/lr)
 * (McMahan et al. 2013). Learning rate 0.001 by default.
 */
export class Ftrl extends Optimizer {
  readonly className: string = 'Ftrl'
  private readonly learningRatePower: number
  private readonly initial: number
  private readonly l1: number
  private readonly l2: number
  private readonly shrinkage: number
  private readonly beta: number
  protected override readonly slotOrder = [['accumulator', 'linear']]

  constructor(options: FtrlOptions = {}) {
    super('ftrl', 0.001, options, [
      'learningRatePower',
      'initialAccumulatorValue',
      'l1RegularizationStrength',
      'l2RegularizationStrength',
      'l2ShrinkageRegularizationStrength',
      'beta',
    ])
    const {
      l1RegularizationStrength = 0,
      l2RegularizationStrength = 0,
      l2ShrinkageRegularizationStrength = 0,
      initialAccumulatorValue = 0.1,
    } = options
    const { beta = 0, learningRatePower = -0.5 } = options
    const atLeastZero = { initialAccumulatorValue, l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta }
    numbersWithin(this.name, atLeastZero, { min: 0 })
    this.learningRatePower = numberWithin(this.name, 'learningRatePower', learningRatePower, { max: 0 })
    this.initial = initialAccumulatorValue
    this.l1 = l1RegularizationStrength
    this.l2 = l2RegularizationStrength
    this.shrinkage = l2ShrinkageRegularizationStrength
    this.beta = beta
  }

  protected override newSlots(parameter: Tensor): Slots {
    const { dims, dtype } = parameter
    return { accumulator: full(dims, this.initial, { dtype }), linear: zerosLike(parameter) }
  }

  protected rule({ learningRate }: Step): Rule {
    const { l1, l2, beta, shrinkage } = this
    const perRate = learningRate.reciprocal()
    const raised = (x: Tensor): Tensor => power<Tensor, number>(x, -this.learningRatePower)
    const constant: Tensor = perRate.multiply(beta).add(2 * l2)
    return (gradient, parameter, slots) => {
      const before = slotOf(slots, 'accumulator')
      const accumulator: Tensor = before.add(gradient.square())
      const shrunk: Tensor = shrinkage === 0 ? gradient : gradient.add(parameter.multiply(2 * shrinkage))
      const pull: Tensor = raised(accumulator).subtract(raised(before)).multiply(perRate).multiply(parameter)
      const linear: Tensor = slotOf(slots, 'linear').add(shrunk).subtract(pull)
      const quadratic: Tensor = raised(accumulator).multiply(perRate).add(constant)
      return { parameter: clip(linear, -l1, l1).subtract(linear).divide(quadratic), slots: { accumulator, linear } }
    }
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      learningRatePower: this.learningRatePower,
      initialAccumulatorValue: this.initial,
      l1RegularizationStrength: this.l1,
      l2RegularizationStrength: this.l2,
      l2ShrinkageRegularizationStrength: this.shrinkage,
      beta: this.beta,
    }
  }
}

// Stochastic gradient descent, with momentum.

import type { Tensor } from '../../core/index.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** 0 ≤ momentum ≤ 1. Default 0. */
  readonly momentum?: number
  /** Nesterov's form. Default false. */
  readonly nesterov?: boolean
}

/**
 * w −= lr·g; with momentum v = μ·v − lr·g, w += v (Nesterov: w += μ·v − lr·g), as Keras's SGD. Learning rate 0.01 by default.
 *
 * ```ts
 * model.compile({ loss: 'meanSquaredError', optimizer: new SGD({ learningRate: 0.1, momentum: 0.9 }) })
 * ```
 */
export class SGD extends Optimizer {
  readonly className: string = 'SGD'
  private readonly momentum: number
  private readonly nesterov: boolean
  protected override readonly slotOrder = [['momentum']]

  constructor(options: SGDOptions = {}) {
    super('sgd', 0.01, options, ['momentum', 'nesterov'])
    this.momentum = numberWithin(this.name, 'momentum', options.momentum ?? 0, { min: 0, max: 1 })
    this.nesterov = flag(this.name, 'nesterov', options.nesterov ?? false)
  }

  protected override newSlots(parameter: Tensor): Slots {
    return this.momentum === 0 ? {} : { momentum: zerosLike(parameter) }
  }

  protected rule({ learningRate }: Step): Rule {
    return (gradient, parameter, slots) => {
      const move: Tensor = gradient.multiply(learningRate)
      if (this.momentum === 0) return { parameter: parameter.subtract(move), slots: {} }
      const momentum: Tensor = slotOf(slots, 'momentum').multiply(this.momentum).subtract(move)
      const change: Tensor = this.nesterov ? momentum.multiply(this.momentum).subtract(move) : momentum
      return { parameter: parameter.add(change), slots: { momentum } }
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov }
  }
}

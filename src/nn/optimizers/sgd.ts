// Stochastic gradient descent, with momentum.

import { ConfigError, type Tensor } from '../../core/index.ts'
import { Optimizer, type OptimizerOptions, type Rule } from './optimizer.ts'

/** Options of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** 0 ≤ momentum ≤ 1. Default 0. */
  readonly momentum?: number
  /** Nesterov's form. Default false. */
  readonly nesterov?: boolean
}

/** w −= lr·g; with momentum v = μ·v − lr·g, w += v (Nesterov: w += μ·v − lr·g), as Keras's SGD. Learning rate 0.01 by default. */
export class SGD extends Optimizer {
  private readonly momentum: number
  private readonly nesterov: boolean
  protected readonly momentCount: number

  constructor(options: SGDOptions = {}) {
    super('sgd', 0.01, options)
    const { momentum = 0, nesterov = false } = options
    if (!(momentum >= 0 && momentum <= 1)) throw new ConfigError(`sgd: expected a momentum between 0 and 1, got ${momentum}. Change it.`)
    this.momentum = momentum
    this.nesterov = nesterov
    this.momentCount = momentum === 0 ? 0 : 1
  }

  protected rule(_step: Tensor, learningRate: Tensor): Rule {
    return (gradient, parameter, [old]) => {
      const move: Tensor = gradient.multiply(learningRate)
      if (old === undefined) return { parameter: parameter.subtract(move), moments: [] }
      const velocity: Tensor = old.multiply(this.momentum).subtract(move)
      const change: Tensor = this.nesterov ? velocity.multiply(this.momentum).subtract(move) : velocity
      return { parameter: parameter.add(change), moments: [velocity] }
    }
  }
}

// Gradients divided by the root of the sum of all squares so far.

import { full, type Tensor } from '../../core/index.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Adagrad}. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sum of squares starts with. Default 0.1. */
  readonly initialAccumulatorValue?: number
  /** Added before the square root. Default 1e-7. */
  readonly epsilon?: number
}

/** a += g², w −= lr·g/√(a+ε) (Duchi et al. 2011). Learning rate 0.001 by default. */
export class Adagrad extends Optimizer {
  readonly className: string = 'Adagrad'
  private readonly initial: number
  private readonly epsilon: number
  protected override readonly slotOrder = [['accumulator']]

  constructor(options: AdagradOptions = {}) {
    super('adagrad', 0.001, options, ['initialAccumulatorValue', 'epsilon'])
    this.initial = numberWithin(this.name, 'initialAccumulatorValue', options.initialAccumulatorValue ?? 0.1, { min: 0 })
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 1e-7, { min: 0 })
  }

  protected override newSlots({ dims, dtype }: Tensor): Slots {
    return { accumulator: full(dims, this.initial, { dtype }) }
  }

  protected rule({ learningRate }: Step): Rule {
    return (gradient, parameter, slots) => {
      const accumulator: Tensor = slotOf(slots, 'accumulator').add(gradient.square())
      const move: Tensor = gradient.multiply(learningRate).divide(accumulator.add(this.epsilon).sqrt())
      return { parameter: parameter.subtract(move), slots: { accumulator } }
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), initialAccumulatorValue: this.initial, epsilon: this.epsilon }
  }
}

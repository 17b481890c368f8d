// Adam's second moment kept as the product of a row and a column, for models whose memory is short.

import { expandDims, maximum, mean, minimum, power, sqrt, square, type Tensor, zeros } from '../../core/index.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Adafactor}. */
export interface AdafactorOptions extends OptimizerOptions {
  /** The exponent of the step in the second moment's decay 1 − t^beta2Decay. Default −0.8. */
  readonly beta2Decay?: number
  /** Added to squared gradients. Default 1e-30. */
  readonly epsilon1?: number
  /** The smallest size of a parameter for the length of its steps. Default 1e-3. */
  readonly epsilon2?: number
  /** The largest root mean square of a step before it is scaled. Default 1. */
  readonly clipThreshold?: number
  /** Whether a learning rate that is a number is at most 1/√t. Default true. */
  readonly relativeStep?: boolean
}

/**
 * With β = 1 − t^beta2Decay and g² + ε₁: r = βr + (1−β)·mean over columns, c = βc + (1−β)·mean over rows, v = r/mean(r) ⊗ c (of a vector
 * v = βv + (1−β)(g²+ε₁)); u = g/√v; w −= max(ε₂, RMS(w))·min(lr, 1/√t) · u/max(1, RMS(u)/clipThreshold) (Shazeer & Stern 2018). Learning
 * rate 0.001 by default. The last two axes are factored.
 */
export class Adafactor extends Optimizer {
  readonly className: string = 'Adafactor'
  private readonly beta2Decay: number
  private readonly epsilon1: number
  private readonly epsilon2: number
  private readonly clipThreshold: number
  private readonly relativeStep: boolean
  protected override readonly slotOrder = [['row', 'column', 'velocity']]

  constructor(options: AdafactorOptions = {}) {
    super('adafactor', 0.001, options, ['beta2Decay', 'epsilon1', 'epsilon2', 'clipThreshold', 'relativeStep'])
    this.beta2Decay = numberWithin(this.name, 'beta2Decay', options.beta2Decay ?? -0.8, { max: 0 })
    this.epsilon1 = numberWithin(this.name, 'epsilon1', options.epsilon1 ?? 1e-30, { min: 0 })
    this.epsilon2 = numberWithin(this.name, 'epsilon2', options.epsilon2 ?? 1e-3, { min: 0 })
    this.clipThreshold = numberWithin(this.name, 'clipThreshold', options.clipThreshold ?? 1, { above: 0 })
    this.relativeStep = flag(this.name, 'relativeStep', options.relativeStep ?? true)
  }

  /** Keras keeps the product, too, though every step makes it anew; here only vectors keep theirs. */
  protected override newSlots(parameter: Tensor): Slots {
    const { dims, dtype, rank } = parameter
    if (rank < 2) return { velocity: zerosLike(parameter) }
    return { row: zeros(dims.slice(0, -1), { dtype }), column: zeros([...dims.slice(0, -2), ...dims.slice(-1)], { dtype }) }
  }

  protected rule({ number, learningRate }: Step): Rule {
    const longest = number.sqrt().reciprocal()
    // With relativeStep Keras takes the same minimum twice.
    const rate = minimum<Tensor, Tensor>(learningRate, longest)
    const left: Tensor = power<Tensor, number>(number, this.beta2Decay)
    const averaged = (old: Tensor, value: Tensor): Tensor => old.add(value.subtract(old).multiply(left))
    return (gradient, parameter, slots) => {
      const squares: Tensor = gradient.square().add(this.epsilon1)
      const kept: Slots =
        parameter.rank < 2
          ? { velocity: averaged(slotOf(slots, 'velocity'), squares) }
          : { row: averaged(slotOf(slots, 'row'), mean(squares, -1)), column: averaged(slotOf(slots, 'column'), mean(squares, -2)) }
      const direction: Tensor = gradient.divide(sqrt(velocityOf(kept)))
      const clipped: Tensor = maximum<Tensor, number>(rms(direction).multiply(1 / this.clipThreshold), 1)
      const length: Tensor = maximum<Tensor, number>(rms(parameter), this.epsilon2).multiply(rate)
      return { parameter: parameter.subtract(direction.multiply(length.divide(clipped))), slots: kept }
    }
  }

  override getConfig(): Config {
    const { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep } = this
    return { ...super.getConfig(), beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep }
  }
}

const rms = (x: Tensor): Tensor => sqrt(mean(square(x)))

function velocityOf({ row, column, velocity }: Slots): Tensor {
  if (row === undefined || column === undefined) return slotOf(velocity === undefined ? {} : { velocity }, 'velocity')
  const share: Tensor = row.divide(mean(row, -1, { keepDims: true }))
  return expandDims(share, -1).multiply(expandDims(column, -2))
}

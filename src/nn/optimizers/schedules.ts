// Learning rates that follow the number of updates: functions of a tensor, so that they are part of the compiled step.

import { ConfigError, cos, less, minimum, type Tensor, where } from '../../core/index.ts'
import { positive } from '../layer.ts'

/** The learning rate after `step` updates, both scalars. */
export type Schedule = (step: Tensor) => Tensor

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** The rate at step 0 (before a warm-up), or the highest one where there is none. */
  readonly initialLearningRate: number
  /** Updates from the highest to the lowest rate. */
  readonly decaySteps: number
  /** The lowest rate, as a share of the highest. Default 0. */
  readonly alpha?: number
  /** The highest rate, reached by a straight line. Default: no warm-up. */
  readonly warmupTarget?: number
  /** Updates of the warm-up. Default 0. */
  readonly warmupSteps?: number
}

/**
 * highest · ((1 − alpha) · ½ (1 + cos(π · t / decaySteps)) + alpha) after a linear warm-up (Loshchilov & Hutter 2017, arguments as Keras's
 * CosineDecay).
 *
 * ```ts
 * new AdamW({ learningRate: cosineDecay({ initialLearningRate: 0, warmupTarget: 1e-3, warmupSteps: 100, decaySteps: 1900 }) })
 * ```
 */
export function cosineDecay({ initialLearningRate, decaySteps, alpha = 0, warmupTarget, warmupSteps = 0 }: CosineDecayOptions): Schedule {
  positive('cosineDecay', 'decaySteps', decaySteps)
  if (warmupTarget !== undefined) positive('cosineDecay', 'warmupSteps', warmupSteps)
  else if (warmupSteps !== 0) {
    throw new ConfigError(`cosineDecay: expected a warmupTarget for ${warmupSteps} warm-up steps, got none. Give the highest rate.`)
  }
  const highest = warmupTarget ?? initialLearningRate
  return (step) => {
    const progress = minimum<Tensor, number>(step.subtract(warmupSteps).multiply(1 / decaySteps), 1)
    const share = cos(progress.multiply(Math.PI))
      .add(1)
      .multiply((1 - alpha) / 2)
      .add(alpha)
    const decayed: Tensor = share.multiply(highest)
    if (warmupTarget === undefined) return decayed
    const rising: Tensor = step.multiply((warmupTarget - initialLearningRate) / warmupSteps).add(initialLearningRate)
    return where(less<Tensor, number>(step, warmupSteps), rising, decayed)
  }
}

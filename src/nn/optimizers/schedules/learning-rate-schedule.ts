// The base of learning rates that follow the number of steps: functions of a tensor, so that they are part of the compiled step.

import type { Tensor } from '../../../core/index.ts'
import { Callable, invoke } from '../../layer/callable.ts'
import { type Config, type Configurable, maker } from '../../saving/serialized.ts'

/** The learning rate after `step` steps, both scalars (f32). */
export type Schedule = (step: Tensor) => Tensor

/** A part of a step, so that steps at which something changes are not missed where a device's division or logarithm falls a little short. */
export const little = 0.01

/** The call of a {@link LearningRateSchedule}. */
export interface LearningRateSchedule extends Schedule {}

/**
 * A schedule with a name and a config, so that it can be saved. Its instances are functions of the step:
 *
 * ```ts
 * class Halving extends optimizers.schedules.LearningRateSchedule {
 *   readonly className = 'Halving'
 *   call(step: Tensor) { return step.multiply(-Math.LN2).exp() }
 *   getConfig() { return {} }
 * }
 * new Adam({ learningRate: new Halving() })
 * ```
 */
export abstract class LearningRateSchedule extends Callable implements Configurable {
  abstract readonly className: string
  /** The learning rate after `step` steps, both scalars (f32). */
  abstract call(step: Tensor): Tensor
  abstract getConfig(): Config

  /** An object of this class from what `getConfig` gave. */
  static fromConfig<O extends object, T extends LearningRateSchedule>(this: new (options: O) => T, config: Config): T {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked makes the object, not the base
    return maker(this)(config)
  }

  [invoke](step: Tensor): Tensor {
    return this.call(step)
  }
}

// The base of constraints on weights.

import type { Tensor } from '../../core/index.ts'
import { Callable, invoke } from '../layer/callable.ts'
import { type Config, type Configurable, maker } from '../saving/serialized.ts'

/** Where an update moves a weight to: the nearest value that is allowed. */
export type Constraint = (weight: Tensor) => Tensor

/** The call of a {@link NamedConstraint}. */
export interface NamedConstraint extends Constraint {}

/**
 * A constraint with a name and a config, so that it can be saved. Its instances are functions:
 *
 * ```ts
 * class Rounded extends constraints.Constraint {
 *   readonly className = 'Rounded'
 *   call(weight: Tensor) { return weight.round() }
 *   getConfig() { return {} }
 * }
 * ```
 */
export abstract class NamedConstraint extends Callable implements Configurable {
  abstract readonly className: string
  /** The weight that takes the place of `weight`. */
  abstract call(weight: Tensor): Tensor
  abstract getConfig(): Config

  /** An object of this class from what `getConfig` gave. */
  static fromConfig<O extends object, T extends NamedConstraint>(this: new (options: O) => T, config: Config): T {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked makes the object, not the base
    return maker(this)(config)
  }

  [invoke](weight: Tensor): Tensor {
    return this.call(weight)
  }
}

// The base of penalties on weights and activations.

import type { Tensor } from '../../core/index.ts'
import { Callable, invoke } from '../layer/callable.ts'
import { type Config, type Configurable, maker } from '../saving/serialized.ts'

/** A penalty: a scalar that is added to the loss. */
export type Regularizer = (x: Tensor) => Tensor

/** The call of a {@link NamedRegularizer}. */
export interface NamedRegularizer extends Regularizer {}

/**
 * A penalty with a name and a config, so that it can be saved. Its instances are functions:
 *
 * ```ts
 * class Deviation extends regularizers.Regularizer {
 *   readonly className = 'Deviation'
 *   call(x: Tensor) { return x.subtract(1).square().sum() }
 *   getConfig() { return {} }
 * }
 * layers.dense({ units: 4, kernelRegularizer: new Deviation() })
 * ```
 */
export abstract class NamedRegularizer extends Callable implements Configurable {
  abstract readonly className: string
  /** The penalty, a scalar. */
  abstract call(x: Tensor): Tensor
  abstract getConfig(): Config

  /** An object of this class from what `getConfig` gave. */
  static fromConfig<O extends object, T extends NamedRegularizer>(this: new (options: O) => T, config: Config): T {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked makes the object, not the base
    return maker(this)(config)
  }

  [invoke](x: Tensor): Tensor {
    return this.call(x)
  }
}

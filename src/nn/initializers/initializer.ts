// The base of initializers: the values that parameters start with.

import { ConfigError, random, type Tensor } from '../../core/index.ts'
import { Callable, invoke } from '../layer/callable.ts'
import { numberWithin } from '../options/option-checks.ts'
import { type Config, type Configurable, maker } from '../saving/serialized.ts'

/** Values of a shape from a key. */
export type Initializer = (shape: readonly number[], key: Tensor) => Tensor

/** The call of a {@link NamedInitializer}. The key may be left out where the values do not depend on it. */
export interface NamedInitializer {
  (shape: readonly number[], key?: Tensor): Tensor
}

/**
 * An initializer with a name and a config, so that it can be saved. Its instances are functions:
 *
 * ```ts
 * class Checkerboard extends initializers.Initializer {
 *   readonly className = 'Checkerboard'
 *   call([rows = 1, columns = 1]: readonly number[]) { return arange(0, rows * columns).remainder(2).reshape([rows, columns]) }
 *   getConfig() { return {} }
 * }
 * ```
 */
export abstract class NamedInitializer extends Callable implements Configurable {
  abstract readonly className: string
  /** Values of a shape. */
  abstract call(shape: readonly number[], key?: Tensor): Tensor
  abstract getConfig(): Config

  /** An object of this class from what `getConfig` gave. */
  static fromConfig<O extends object, T extends NamedInitializer>(this: new (options: O) => T, config: Config): T {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked makes the object, not the base
    return maker(this)(config)
  }

  [invoke](shape: readonly number[], key?: Tensor): Tensor {
    return this.call(shape, key)
  }
}

/** Options of every random initializer. */
export interface SeedOption {
  /** Draws the same values at every call, whatever the key. Default: the key decides. */
  readonly seed?: number | null
}

/** An initializer that draws from its seed, or from the key that it is called with. */
export abstract class RandomInitializer extends NamedInitializer {
  protected readonly seed: number | null

  constructor(where: string, seed: number | null = null) {
    super()
    this.seed = seed === null ? null : numberWithin(where, 'seed', seed, { whole: true })
  }

  /** The key to draw from. */
  protected keyFor(key: Tensor | undefined): Tensor {
    if (this.seed !== null) return random.key(this.seed)
    if (key === undefined) throw new ConfigError(`${this.className}: expected a key or a seed, got neither. Pass a key, or make it with { seed }.`)
    return key
  }
}

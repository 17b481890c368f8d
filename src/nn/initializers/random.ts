// Initializers that draw every element from one distribution, whatever the shape.

import { random, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numbersWithin, numberWithin, wrongOption } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { RandomInitializer, type SeedOption } from './initializer.ts'

/** Options of {@link RandomNormal} and {@link TruncatedNormal}. */
export interface NormalOptions extends SeedOption {
  /** Default 0. */
  readonly mean?: number
  /** Default 0.05. */
  readonly stddev?: number
}

/** Options of {@link RandomUniform}. */
export interface UniformOptions extends SeedOption {
  /** Default −0.05. */
  readonly minval?: number
  /** Default 0.05. */
  readonly maxval?: number
}

abstract class NormalInitializer extends RandomInitializer {
  protected readonly mean: number
  protected readonly std: number

  constructor(where: string, given: NormalOptions) {
    const { mean = 0, stddev = 0.05, seed } = checkOptionNames(where, given, ['mean', 'stddev', 'seed'])
    super(where, seed)
    this.mean = numberWithin(where, 'mean', mean)
    this.std = numberWithin(where, 'stddev', stddev, { min: 0 })
  }

  getConfig(): Config {
    return { seed: this.seed, mean: this.mean, stddev: this.std }
  }
}

/** Normal of deviation `stddev` around `mean`. */
export class RandomNormal extends NormalInitializer {
  readonly className: string = 'RandomNormal'

  constructor(options: NormalOptions = {}) {
    super('RandomNormal', options)
  }

  call(shape: readonly number[], key?: Tensor): Tensor {
    return random.normal(this.keyFor(key), shape, { mean: this.mean, stddev: this.std })
  }
}

/** {@link RandomNormal} cut at two deviations (the deviation of what is left is smaller: 0.88 · stddev). */
export class TruncatedNormal extends NormalInitializer {
  readonly className: string = 'TruncatedNormal'

  constructor(options: NormalOptions = {}) {
    super('TruncatedNormal', options)
  }

  call(shape: readonly number[], key?: Tensor): Tensor {
    return random.truncatedNormal(this.keyFor(key), shape, { mean: this.mean, stddev: this.std })
  }
}

/** Uniform in [minval, maxval). */
export class RandomUniform extends RandomInitializer {
  readonly className: string = 'RandomUniform'
  private readonly min: number
  private readonly max: number

  constructor(given: UniformOptions = {}) {
    const { minval = -0.05, maxval = 0.05, seed } = checkOptionNames('RandomUniform', given, ['minval', 'maxval', 'seed'])
    super('RandomUniform', seed)
    numbersWithin('RandomUniform', { minval, maxval }, {})
    if (minval > maxval) throw wrongOption('RandomUniform', 'minval and maxval', 'rising', [minval, maxval])
    this.min = minval
    this.max = maxval
  }

  call(shape: readonly number[], key?: Tensor): Tensor {
    return random.uniform(this.keyFor(key), shape, { minval: this.min, maxval: this.max })
  }

  getConfig(): Config {
    return { seed: this.seed, minval: this.min, maxval: this.max }
  }
}

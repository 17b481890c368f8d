// Keys: what every draw takes, so that the same key gives the same numbers. A key is a u32 [2] tensor.

import { ConfigError } from '../errors.ts'
import type { Operand } from '../ops/broadcast.ts'
import { fromStorage, randomBits, tensor } from '../ops/creation.ts'
import { binary, cast } from '../ops/elementwise.ts'
import { reshape, slice, stack } from '../ops/movement.ts'
import { Tensor } from '../tensor.ts'

/** The key of a seed. */
export function key(seed: number): Tensor {
  const low = new Uint32Array([Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0])
  return fromStorage({ dtype: 'u32', bytes: low.buffer, length: 2 }, [2])
}

/** `count` independent keys. */
export function split(from: KeySource, count = 2): Tensor[] {
  const bits = randomBits(keyFrom(from), [count, 2])
  return Array.from({ length: count }, (_, i) => reshape(slice(bits, [i, 0], [1, 2]), [2]))
}

/** A key that also depends on a number (a step, a layer's index); the number may be a tensor. */
export function foldIn(from: KeySource, data: Operand): Tensor {
  const number = typeof data === 'number' ? tensor(new Uint32Array([data >>> 0]), []) : cast(data, 'u32')
  const mask = stack([reshape(number, []), tensor(new Uint32Array([0x9e3779b9]), [])])
  return randomBits(binary('xor', keyFrom(from), mask), [2])
}

export interface SeedGeneratorOptions {
  /** A whole number. Default one that differs from run to run. */
  readonly seed?: number
  /** Default `seedGenerator`. */
  readonly name?: string
}

/**
 * Gives one key after another, all that follow from its seed. Every draw takes a generator in the place of a key. Inside a compiled function its
 * keys are those of the first call: pass `next()` to the function as an argument.
 *
 * @example
 * const seeds = new SeedGenerator(42)
 * const noise = random.normal(seeds, [2, 3])
 * const otherNoise = random.normal(seeds, [2, 3])
 * @throws ConfigError where the seed is not whole
 */
export class SeedGenerator {
  readonly seed: number
  readonly name: string
  /** How many keys have been given; set it to go on from another place of the sequence. */
  count = 0
  private readonly given: SeedGeneratorOptions

  constructor(options: number | SeedGeneratorOptions = {}) {
    this.given = typeof options === 'number' ? { seed: options } : options
    this.seed = this.given.seed ?? Math.floor(Math.random() * 2 ** 32)
    this.name = this.given.name ?? 'seedGenerator'
    if (!Number.isSafeInteger(this.seed)) throw new ConfigError(`SeedGenerator: expected a whole seed, got ${this.seed}. Round it.`)
  }

  /** The next key. */
  next(): Tensor {
    return foldIn(key(this.seed), this.count++)
  }

  /** The options that were given. */
  getConfig(): SeedGeneratorOptions {
    return { ...this.given }
  }
}

/** A key, or a generator that gives one. */
export type KeySource = Tensor | SeedGenerator

/** The key of a source; a generator's next. */
export const keyFrom = (from: KeySource): Tensor => (from instanceof Tensor ? from : from.next())

// Which optimizer moves which parameter.

import { ConfigError } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { shown, wrongOption } from '../options/option-checks.ts'
import { type Config, serialize } from '../saving/serialized.ts'
import { Optimizer } from './optimizer.ts'

/** Options of {@link OptimizerMap}. */
export interface OptimizerMapOptions {
  /** Of the parameters that no pattern matches. */
  readonly defaultOptimizer: Optimizer
  /** By path, or by a regular expression that matches a whole path: `{ 'encoder/.*': new Adam() }`. Default none. */
  readonly optimizerMap?: Readonly<Record<string, Optimizer>> | null
}

/**
 * Optimizers by the paths of the parameters that they move, for {@link MultiOptimizer}.
 *
 * ```ts
 * new OptimizerMap({ defaultOptimizer: new AdamW(), optimizerMap: { '.*embeddings': new SGD() } })
 * ```
 */
export class OptimizerMap {
  readonly className: string = 'OptimizerMap'
  readonly defaultOptimizer: Optimizer
  private readonly byPattern = new Map<string, Optimizer>()

  constructor(given: OptimizerMapOptions) {
    const { defaultOptimizer, optimizerMap } = checkOptionNames('OptimizerMap', given, ['defaultOptimizer', 'optimizerMap'])
    if ((optimizerMap ?? undefined) !== undefined && (typeof optimizerMap !== 'object' || Array.isArray(optimizerMap))) {
      throw wrongOption('OptimizerMap', 'optimizerMap', 'a record of optimizers', optimizerMap)
    }
    this.defaultOptimizer = checked('defaultOptimizer', defaultOptimizer)
    for (const [pattern, optimizer] of Object.entries(optimizerMap ?? {})) this.set(pattern, optimizer)
  }

  /** The optimizer of a path; a ConfigError where several patterns match it. */
  get(path: string): Optimizer {
    const exact = this.byPattern.get(path)
    if (exact !== undefined) return exact
    const matching = [...this.byPattern].filter(([pattern]) => new RegExp(`^(?:${pattern})$`).test(path))
    if (matching.length > 1) {
      throw new ConfigError(
        `OptimizerMap: expected one pattern to match '${path}', got ${matching.map(([pattern]) => `'${pattern}'`).join(' and ')}. Narrow them.`,
      )
    }
    return matching[0]?.[1] ?? this.defaultOptimizer
  }

  /** Adds a pattern; a ConfigError where it is there already. */
  set(pattern: string, optimizer: Optimizer): void {
    if (this.byPattern.has(pattern)) throw new ConfigError(`OptimizerMap: expected a new pattern, got '${pattern}' again. Delete it first.`)
    try {
      new RegExp(pattern)
    } catch (error) {
      throw new ConfigError(`OptimizerMap: expected a path or a regular expression, got '${pattern}'. Change it.`, { cause: error })
    }
    this.byPattern.set(pattern, checked(`'${pattern}'`, optimizer))
  }

  /** Removes a pattern. */
  delete(pattern: string): void {
    this.byPattern.delete(pattern)
  }

  /** The patterns, as they were given. */
  keys(): string[] {
    return [...this.byPattern.keys()]
  }

  /** All optimizers, each once; the default last. */
  optimizers(): Optimizer[] {
    return [...new Set([...this.byPattern.values(), this.defaultOptimizer])]
  }

  getConfig(): Config {
    const optimizerMap = Object.fromEntries([...this.byPattern].map(([pattern, optimizer]) => [pattern, serialize(optimizer)]))
    return { defaultOptimizer: serialize(this.defaultOptimizer), optimizerMap }
  }
}

function checked(what: string, optimizer: Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer
  throw new ConfigError(`OptimizerMap: expected ${what} to be an optimizer, got ${shown(optimizer)}. Make one, as new Adam().`)
}

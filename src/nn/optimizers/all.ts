// All optimizers and schedules by name: what makes those known that are not everyday ones.

import { ConfigError } from '../../core/index.ts'
import { noteComplete } from '../options/identifiers.ts'
import { isSerialized, maker } from '../saving/serialized.ts'
import { Adadelta } from './adadelta.ts'
import { Adafactor } from './adafactor.ts'
import { Adagrad } from './adagrad.ts'
import { Adamax } from './adamax.ts'
import { Ftrl } from './ftrl.ts'
import { Lamb } from './lamb.ts'
import { Lion } from './lion.ts'
import { LossScaleOptimizer } from './loss-scale-optimizer.ts'
import { MultiOptimizer } from './multi-optimizer.ts'
import { Muon } from './muon.ts'
import { Nadam } from './nadam.ts'
import { Optimizer } from './optimizer.ts'
import { OptimizerMap } from './optimizer-map.ts'
import * as everyday from './registry.ts'
import { ScheduleFreeAdamW } from './schedule-free-adamw.ts'
import { withAllSchedules } from './schedules/all.ts'

/** Makes all optimizers known by name, and returns what finds them: used by a bundle, it takes the optimizers along; left out, it leaves them out. */
export function withAllOptimizers<T>(finder: T): T {
  everyday.registerOptimizers({
    Adadelta: maker(Adadelta),
    Adafactor: maker(Adafactor),
    Adagrad: maker(Adagrad),
    Adamax: maker(Adamax),
    Ftrl: maker(Ftrl),
    Lamb: maker(Lamb),
    Lion: maker(Lion),
    LossScaleOptimizer: (options) => maker(LossScaleOptimizer, ['innerOptimizer'])({ ...options, innerOptimizer: nested(options, 'innerOptimizer') }),
    MultiOptimizer: (options) => maker(MultiOptimizer, ['optimizerMap'])({ ...options, optimizerMap: nestedMap(options) }),
    Muon: maker(Muon),
    Nadam: maker(Nadam),
    ScheduleFreeAdamW: maker(ScheduleFreeAdamW),
  })
  noteComplete('optimizer')
  return withAllSchedules(finder)
}

const propertyOf = (options: object, name: string): unknown => new Map<string, unknown>(Object.entries(options)).get(name)

/** An optimizer among the options of another. */
function nested(options: object, name: string): Optimizer {
  const value = propertyOf(options, name)
  if (value instanceof Optimizer || typeof value === 'string' || isSerialized(value)) return everyday.get(value)
  throw new ConfigError(`optimizer: expected ${name} to be a name or a config, got ${JSON.stringify(value)}. Give it.`)
}

function nestedMap(options: object): OptimizerMap {
  const value = propertyOf(options, 'optimizerMap')
  if (value instanceof OptimizerMap) return value
  if (!isSerialized(value) || !value.config) {
    throw new ConfigError(`MultiOptimizer: expected optimizerMap to be an OptimizerMap or its config, got ${JSON.stringify(value)}. Give it.`)
  }
  const names = new Map<string, unknown>(Object.entries(value.config))
  const inner = names.get('optimizerMap') ?? names.get('optimizer_map') ?? {}
  const byPattern = typeof inner === 'object' && inner !== null ? inner : {}
  const defaultName = names.has('defaultOptimizer') ? 'defaultOptimizer' : 'default_optimizer'
  return new OptimizerMap({
    defaultOptimizer: nested(value.config, defaultName),
    optimizerMap: Object.fromEntries(Object.keys(byPattern).map((pattern) => [pattern, nested(byPattern, pattern)])),
  })
}

/** An optimizer from `{ className, config }`, Keras's spelling included. */
export const deserialize = /* @__PURE__ */ withAllOptimizers(everyday.deserialize)

/** An optimizer by name (with its defaults), by config, or itself; undefined for none. */
export const get = /* @__PURE__ */ withAllOptimizers(everyday.get)

/** An optimizer by name (with its defaults), by config, or itself. */
export const resolveOptimizer = (optimizer: everyday.OptimizerIdentifier): Optimizer => get(optimizer)

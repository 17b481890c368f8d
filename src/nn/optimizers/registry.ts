// Optimizers by name and by config.

import { ConfigError } from '../../core/index.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { Adadelta } from './adadelta.ts'
import { Adafactor } from './adafactor.ts'
import { Adagrad } from './adagrad.ts'
import { Adam, AdamW } from './adam.ts'
import { Adamax } from './adamax.ts'
import { Ftrl } from './ftrl.ts'
import { fromKerasNames } from './keras-names.ts'
import { Lamb } from './lamb.ts'
import { Lion } from './lion.ts'
import { LossScaleOptimizer } from './loss-scale-optimizer.ts'
import { MultiOptimizer } from './multi-optimizer.ts'
import { Muon } from './muon.ts'
import { Nadam } from './nadam.ts'
import { Optimizer } from './optimizer.ts'
import { OptimizerMap } from './optimizer-map.ts'
import { RMSprop } from './rmsprop.ts'
import { ScheduleFreeAdamW } from './schedule-free-adamw.ts'
import { SGD } from './sgd.ts'

/** What `optimizer` options take: a name in any spelling, `{ className, config }`, or the optimizer. */
export type OptimizerIdentifier = string | SerializedInput | Optimizer

const makers: Makers<Optimizer> = {
  Adadelta: maker(Adadelta),
  Adafactor: maker(Adafactor),
  Adagrad: maker(Adagrad),
  Adam: maker(Adam),
  AdamW: maker(AdamW),
  Adamax: maker(Adamax),
  Ftrl: maker(Ftrl),
  Lamb: maker(Lamb),
  Lion: maker(Lion),
  LossScaleOptimizer: (options) => maker(LossScaleOptimizer, ['innerOptimizer'])({ ...options, innerOptimizer: nested(options, 'innerOptimizer') }),
  MultiOptimizer: (options) => maker(MultiOptimizer, ['optimizerMap'])({ ...options, optimizerMap: nestedMap(options) }),
  Muon: maker(Muon),
  Nadam: maker(Nadam),
  RMSprop: maker(RMSprop),
  SGD: maker(SGD),
  ScheduleFreeAdamW: maker(ScheduleFreeAdamW),
}

const propertyOf = (options: object, name: string): unknown => new Map<string, unknown>(Object.entries(options)).get(name)

/** An optimizer among the options of another. */
function nested(options: object, name: string): Optimizer {
  const value = propertyOf(options, name)
  if (value instanceof Optimizer || typeof value === 'string' || isSerialized(value)) return get(value)
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
export const deserialize = (serialized: SerializedInput): Optimizer => deserializeFrom('optimizer', serialized, makers, fromKerasNames)

/** An optimizer by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: OptimizerIdentifier): Optimizer
export function get(identifier: OptimizerIdentifier | null | undefined): Optimizer | undefined
export function get(identifier: OptimizerIdentifier | null | undefined): Optimizer | undefined {
  if (identifier === undefined || identifier === null) return undefined
  if (identifier instanceof Optimizer) return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(
    `optimizer: expected a name, a config or an optimizer, got ${String(identifier)}. Pass one of ${Object.keys(makers).join(', ')}.`,
  )
}

// Optimizers by name and by config. The everyday ones are known here; `all.ts` makes the others known.

import { ConfigError } from '../../core/index.ts'
import { merged } from '../options/identifiers.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { Adam, AdamW } from './adam.ts'
import { fromKerasNames } from './keras-names.ts'
import { Optimizer } from './optimizer.ts'
import { RMSprop } from './rmsprop.ts'
import { SGD } from './sgd.ts'

/** What `optimizer` options take: a name in any spelling, `{ className, config }`, or the optimizer. */
export type OptimizerIdentifier = string | SerializedInput | Optimizer

let makers: Makers<Optimizer> = {
  Adam: maker(Adam),
  AdamW: maker(AdamW),
  RMSprop: maker(RMSprop),
  SGD: maker(SGD),
}

/** Makes further optimizers known by name. */
export function registerOptimizers(further: Makers<Optimizer>): void {
  makers = merged(makers, further)
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

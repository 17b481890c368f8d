// All constraints by name.

import { noteComplete } from '../options/identifiers.ts'
import { maker } from '../saving/serialized.ts'
import { MaxNorm, MinMaxNorm, UnitNorm } from './norms.ts'
import * as registry from './registry.ts'

/** Makes all constraints known by name, and returns what finds them: used by a bundle, it takes the constraints along; left out, it leaves them out. */
export function withAllConstraints<T>(finder: T): T {
  registry.registerConstraints({ MaxNorm: maker(MaxNorm), MinMaxNorm: maker(MinMaxNorm), UnitNorm: maker(UnitNorm) })
  noteComplete('constraint')
  return finder
}

/** A constraint from `{ className, config }`. */
export const deserialize = /* @__PURE__ */ withAllConstraints(registry.deserialize)

/** A constraint by name (with its defaults), by config, or itself; undefined for none. */
export const get = /* @__PURE__ */ withAllConstraints(registry.get)

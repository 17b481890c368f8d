// All regularizers by name.

import { noteComplete } from '../options/identifiers.ts'
import { maker } from '../saving/serialized.ts'
import { OrthogonalRegularizer } from './orthogonal.ts'
import * as registry from './registry.ts'

/** Makes all regularizers known by name, and returns what finds them: used by a bundle, it takes the regularizers along; left out, it leaves them out. */
export function withAllRegularizers<T>(finder: T): T {
  registry.registerRegularizers({ OrthogonalRegularizer: maker(OrthogonalRegularizer) })
  noteComplete('regularizer')
  return finder
}

/** A regularizer from `{ className, config }`. */
export const deserialize = /* @__PURE__ */ withAllRegularizers(registry.deserialize)

/** A regularizer by name (with its defaults), by config, or itself; undefined for none. */
export const get = /* @__PURE__ */ withAllRegularizers(registry.get)

// All initializers by name: what makes those known that are not everyday ones.

import { noteComplete } from '../options/identifiers.ts'
import { maker } from '../saving/serialized.ts'
import { Identity } from './constants.ts'
import { Orthogonal } from './orthogonal.ts'
import * as everyday from './registry.ts'
import { STFT } from './stft.ts'
import { LecunNormal, LecunUniform } from './variance-scaling.ts'

/** Makes all initializers known by name, and returns what finds them: used by a bundle, it takes the initializers along; left out, it leaves them out. */
export function withAllInitializers<T>(finder: T): T {
  everyday.registerInitializers({
    Identity: maker(Identity),
    LecunNormal: maker(LecunNormal),
    LecunUniform: maker(LecunUniform),
    Orthogonal: maker(Orthogonal),
    STFT: maker(STFT),
  })
  noteComplete('initializer')
  return finder
}

/** An initializer from `{ className, config }`. */
export const deserialize = /* @__PURE__ */ withAllInitializers(everyday.deserialize)

/** An initializer by name (with its defaults), by config, or itself; undefined for none. */
export const get = /* @__PURE__ */ withAllInitializers(everyday.get)

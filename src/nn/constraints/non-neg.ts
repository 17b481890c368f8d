// Weights that are not negative.

import { relu, type Tensor } from '../../core/index.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedConstraint } from './constraint.ts'

/** max(w, 0). */
export class NonNeg extends NamedConstraint {
  readonly className: string = 'NonNeg'

  call(weight: Tensor): Tensor {
    return relu(weight)
  }

  getConfig(): Config {
    return {}
  }
}

// Penalties on the size of weights.

import { abs, square, sum, type Tensor, zeros } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedRegularizer } from './regularizer.ts'

const atLeastZero = (where: string, what: string, value: number): number => numberWithin(where, what, value, { min: 0 })

/** l1·Σ|x| + l2·Σx². Both factors are 0 by default. */
export class L1L2 extends NamedRegularizer {
  readonly className: string = 'L1L2'
  private readonly l1: number
  private readonly l2: number

  constructor(given: { readonly l1?: number | null; readonly l2?: number | null } = {}) {
    const { l1, l2 } = checkOptionNames('L1L2', given, ['l1', 'l2'])
    super()
    this.l1 = atLeastZero('L1L2', 'l1', l1 ?? 0)
    this.l2 = atLeastZero('L1L2', 'l2', l2 ?? 0)
  }

  call(x: Tensor): Tensor {
    const parts: Tensor[] = []
    if (this.l1 !== 0) parts.push(sum(abs(x)).multiply(this.l1))
    if (this.l2 !== 0) parts.push(sum(square(x)).multiply(this.l2))
    return parts.length === 0 ? zeros([], { dtype: x.dtype }) : parts.reduce((a, b): Tensor => a.add(b))
  }

  getConfig(): Config {
    return { l1: this.l1, l2: this.l2 }
  }
}

/** l1·Σ|x|, the lasso's penalty. l1 is 0.01 by default. */
export class L1 extends NamedRegularizer {
  readonly className: string = 'L1'
  private readonly l1: number

  constructor(given: { readonly l1?: number | null } = {}) {
    const { l1 } = checkOptionNames('L1', given, ['l1'])
    super()
    this.l1 = atLeastZero('L1', 'l1', l1 ?? 0.01)
  }

  call(x: Tensor): Tensor {
    return sum(abs(x)).multiply(this.l1)
  }

  getConfig(): Config {
    return { l1: this.l1 }
  }
}

/** l2·Σx², weight decay by the loss. l2 is 0.01 by default. */
export class L2 extends NamedRegularizer {
  readonly className: string = 'L2'
  private readonly l2: number

  constructor(given: { readonly l2?: number | null } = {}) {
    const { l2 } = checkOptionNames('L2', given, ['l2'])
    super()
    this.l2 = atLeastZero('L2', 'l2', l2 ?? 0.01)
  }

  call(x: Tensor): Tensor {
    return sum(square(x)).multiply(this.l2)
  }

  getConfig(): Config {
    return { l2: this.l2 }
  }
}

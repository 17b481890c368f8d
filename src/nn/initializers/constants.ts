// Initializers without chance: one number everywhere, or a diagonal.

import { eye, full, ones, ShapeError, showDims, type Tensor, tensor, zeros } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedInitializer } from './initializer.ts'

/** A number, or nested lists of them. */
export type ConstantValue = number | readonly ConstantValue[]

const numbersIn = (value: ConstantValue): readonly number[] => (isList(value) ? value.flatMap(numbersIn) : [value])

const isList = (value: ConstantValue): value is readonly ConstantValue[] => Array.isArray(value)

/** Every element 0. */
export class Zeros extends NamedInitializer {
  readonly className: string = 'Zeros'

  call(shape: readonly number[]): Tensor {
    return zeros(shape)
  }

  getConfig(): Config {
    return {}
  }
}

/** Every element 1. */
export class Ones extends NamedInitializer {
  readonly className: string = 'Ones'

  call(shape: readonly number[]): Tensor {
    return ones(shape)
  }

  getConfig(): Config {
    return {}
  }
}

/** Every element `value`; nested lists are broadcast to the shape. Default 0. */
export class Constant extends NamedInitializer {
  readonly className: string = 'Constant'
  private readonly value: ConstantValue

  constructor(given: { readonly value?: ConstantValue } = {}) {
    const { value = 0 } = checkOptionNames('Constant', given, ['value'])
    super()
    for (const number of numbersIn(value)) numberWithin('Constant', 'value', number)
    this.value = value
  }

  call(shape: readonly number[]): Tensor {
    return typeof this.value === 'number' ? full(shape, this.value) : tensor(this.value, undefined, { dtype: 'f32' }).broadcastTo(shape)
  }

  getConfig(): Config {
    return { value: this.value }
  }
}

/** gain on the diagonal of a matrix, 0 elsewhere. Default gain 1. A ShapeError for other ranks. */
export class Identity extends NamedInitializer {
  readonly className: string = 'Identity'
  private readonly gain: number

  constructor(given: { readonly gain?: number } = {}) {
    const { gain = 1 } = checkOptionNames('Identity', given, ['gain'])
    super()
    this.gain = numberWithin('Identity', 'gain', gain)
  }

  call(shape: readonly number[]): Tensor {
    const [rows, columns, ...rest] = shape
    if (rows === undefined || columns === undefined || rest.length > 0) {
      throw new ShapeError(`Identity: expected the shape of a matrix, got ${showDims(shape)}. Use another initializer.`)
    }
    return eye(rows, columns).multiply(this.gain)
  }

  getConfig(): Config {
    return { gain: this.gain }
  }
}

// The sign of a number, of 0 too.

import { binary, compare, isFloat, reciprocal, type Shape, type Tensor } from '../../core/index.ts'

/** Whether the sign is set: of negative numbers and −0. */
export function signbit<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const negative = compare<S>('less', x, 0)
  return isFloat(x.dtype) ? binary<S>('or', negative, compare('less', reciprocal(x), 0)) : negative
}

// Tensors from numbers, from shapes and like others; and numbers from tensors.

import {
  broadcastTo,
  cast,
  compare,
  ConfigError,
  type Dims,
  type DType,
  type DTypeOption,
  full as fullOf,
  iota,
  type NestedArray,
  type NumericArray,
  type Operand,
  type Shape,
  type Sizes,
  Tensor,
  tensor,
  type TypedArray,
} from '../../core/index.ts'

/** A tensor of nested arrays, of a typed array, or of a tensor; of `dtype`, or of what the values have. */
export function convertToTensor(x: Tensor | NestedArray | NumericArray, { dtype }: DTypeOption = {}): Tensor {
  if (x instanceof Tensor) return dtype === undefined ? x : cast(x, dtype)
  return tensor(x, undefined, dtype === undefined ? {} : { dtype })
}

export { convertToTensor as array }

/** The elements in row-major order as JavaScript's typed array, computed before it returns; a copy. */
export const convertToNumpy = (x: Tensor): TypedArray => x.dataSync().slice()

/** Another tensor of the same value. Tensors never change, so that nothing is copied. */
export const copy = <S extends Shape>(x: Tensor<S>): Tensor<S> => new Tensor<S>(x.node)

/** Whether x is a tensor. */
export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor

/** A tensor of a shape filled with a number, or with a tensor that broadcasts to it. Default dtype: f32, or the tensor's. */
export function full<const D extends Dims>(shape: D, fillValue: Operand, options: DTypeOption = {}): Tensor<Sizes<D>> {
  if (typeof fillValue === 'number') return fullOf(shape, fillValue, options)
  return new Tensor<Sizes<D>>(spread(convertToTensor(fillValue, options), shape).node)
}

const spread = (x: Tensor, shape: Dims): Tensor => broadcastTo(x, shape)

/** A tensor of x's shape, and dtype where none is given, filled with a number or a tensor. */
export const fullLike = <S extends Shape>(x: Tensor<S>, fillValue: Operand, { dtype = x.dtype }: DTypeOption = {}): Tensor<S> =>
  new Tensor<S>(full(x.dims, fillValue, { dtype }).node)

/** Ones in x's shape, and dtype where none is given. */
export const onesLike = <S extends Shape>(x: Tensor<S>, options: DTypeOption = {}): Tensor<S> => fullLike(x, 1, options)
/** Zeros in x's shape, and dtype where none is given. */
export const zerosLike = <S extends Shape>(x: Tensor<S>, options: DTypeOption = {}): Tensor<S> => fullLike(x, 0, options)
/** A tensor of a shape whose numbers do not matter: zeros. */
export const empty = <const D extends Dims>(shape: D, options: DTypeOption = {}): Tensor<Sizes<D>> => fullOf(shape, 0, options)
/** A tensor like x whose numbers do not matter: zeros. */
export const emptyLike = <S extends Shape>(x: Tensor<S>, options: DTypeOption = {}): Tensor<S> => fullLike(x, 0, options)

export interface DiagonalOptions extends DTypeOption {
  /** Which diagonal: above the main one where it is positive. Default 0. */
  readonly k?: number
}

/** Positions [row, column] compared, as 0 and 1 of a dtype. */
function positions(where: string, fn: 'equal' | 'lessEqual', rows: number, columns: number, k: number, dtype: DType): Tensor {
  for (const size of [rows, columns]) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ConfigError(`${where}: expected sizes that are whole and at least 0, got ${rows} and ${columns}. Check the shape.`)
    }
  }
  return cast(compare(fn, iota([rows, columns], 1), iota([rows, columns], 0).add(k)), dtype)
}

/** Ones on a diagonal, zeros elsewhere, `[rows, columns]`. */
export const eye = (rows: number, columns = rows, { k = 0, dtype = 'f32' }: DiagonalOptions = {}): Tensor =>
  positions('eye', 'equal', rows, columns, k, dtype)
/** The identity matrix, `[n, n]`. */
export const identity = (n: number, options: DTypeOption = {}): Tensor => eye(n, n, options)
/** Ones on and below a diagonal, zeros above, `[rows, columns]`. */
export const tri = (rows: number, columns = rows, { k = 0, dtype = 'f32' }: DiagonalOptions = {}): Tensor =>
  positions('tri', 'lessEqual', rows, columns, k, dtype)

// Indices of categories as vectors: what several layers of tables and text can give instead of the indices.

import { binary, cast, type DType, expandDims, type Shape, squeeze, sum, type Tensor } from '../../../../core/index.ts'
import { multiHot, oneHot } from '../../../../ops/index.ts'

/** The ways of writing categories: their indices, a vector for each, or one vector for each sample (whether, or how often, it has them). */
export type OutputMode = 'int' | 'one_hot' | 'multi_hot' | 'count'

/** What {@link encodeCategories} is told. */
export interface Encoding {
  readonly mode: OutputMode
  /** Number of categories. */
  readonly depth: number
  readonly dtype: DType
  /** Of `mode: 'count'`: what each index counts, in the indices' shape. Default 1. */
  readonly weights?: Tensor | undefined
}

/**
 * Indices `[batch, …]` of categories, encoded. `int`: as i32. `one_hot`: `[…, depth]`, where a last axis of size 1 (not the only one) gives way.
 * `multi_hot` and `count`: the second axis (of a vector the only one) is reduced, `[batch, length]` becomes `[batch, depth]`. Indices outside the
 * range are in no category.
 */
export function encodeCategories(indices: Tensor, { mode, depth, dtype, weights }: Encoding): Tensor {
  if (mode === 'int') return cast(indices, 'i32')
  const x: Tensor = indices.rank === 0 ? expandDims<Shape, number>(indices, 0) : indices
  if (mode === 'multi_hot') return multiHot(x, depth, { dtype })
  if (mode === 'one_hot') {
    const flat: Tensor = x.rank > 1 && x.dims.at(-1) === 1 ? squeeze<Shape, number>(x, -1) : x
    return oneHot(flat, depth, { dtype })
  }
  const hot = oneHot(x, depth, { dtype: weights?.dtype ?? dtype })
  const weighed = weights === undefined ? hot : binary('multiply', hot, expandDims<Shape, number>(weights.reshape<Shape, Tensor['dims']>(x.dims), -1))
  return sum<Shape, number>(weighed, x.rank > 1 ? 1 : 0)
}

/** Whole numbers, which indices have to be: floats and bools are cast to i32. */
export const wholeNumbers = (x: Tensor): Tensor => (x.dtype === 'i32' || x.dtype === 'i64' ? x : cast(x, 'i32'))

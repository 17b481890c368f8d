// Classes as rows of zeros with a single one.

import { ConfigError, type NestedArray, type NumericArray, squeeze, Tensor } from '../core/index.ts'
import { convertToTensor, oneHot } from '../ops/index.ts'

export interface ToCategoricalOptions {
  /** Default: the largest class and one; its numbers are read for that. */
  readonly numClasses?: number | undefined
}

/**
 * Classes `[…]` or `[…, 1]` (whole numbers from 0) as f32 `[…, numClasses]`: 1 at the class, 0 elsewhere. A tensor's classes are not checked where
 * `numClasses` is given.
 *
 * ```ts
 * toCategorical([0, 2, 1]) // [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
 * ```
 * @throws ConfigError for a class outside of 0 … numClasses - 1
 */
export function toCategorical(x: Tensor | NestedArray | NumericArray, { numClasses }: ToCategoricalOptions = {}): Tensor {
  const given = convertToTensor(x, { dtype: 'i32' })
  const labels: Tensor = given.rank > 1 && given.dims.at(-1) === 1 ? squeeze(given, -1) : given
  if (numClasses !== undefined && x instanceof Tensor) return oneHot(labels, numClasses)
  const values = Array.from(labels.dataSync(), Number)
  const largest = values.reduce((a, b) => Math.max(a, b), -1)
  const classes = numClasses ?? largest + 1
  const wrong = values.find((value) => value < 0 || value >= classes)
  if (wrong !== undefined)
    throw new ConfigError(`toCategorical: expected classes from 0 to ${classes - 1}, got ${wrong}. Renumber them, or change numClasses.`)
  return oneHot(labels, classes)
}

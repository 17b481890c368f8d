// Reading by index, and the rows of zeros and ones that indices stand for.

import {
  asTensor,
  broadcastDims,
  cast,
  ConfigError,
  type Dims,
  type DType,
  isFloat,
  max,
  normalizeAxis,
  oneHot as oneHotAlong,
  type Operand,
  type Shape,
  ShapeError,
  showDims,
  takeAlongAxis as takeAlong,
  type Tensor,
  where,
} from '../../core/index.ts'
import { flattened, rowsAt, wrapped } from './positions.ts'

/**
 * Elements by index along an axis, or among all in row-major order without one: `x[:axis] + indices + x[axis + 1:]`. Negative indices count
 * from the end; what is outside reads zeros.
 */
export function take(x: Tensor, indices: Operand, axis?: number): Tensor {
  const at = asTensor(indices, 'i32')
  return axis === undefined ? rowsAt(flattened(x), at, 0, 'take') : rowsAt(x, at, axis, 'take')
}

/**
 * One element per index along an axis: result[i, j] = x[i, indices[i, j]] for the last axis of two; without an axis among all elements. Negative
 * indices count from the end; other axes broadcast.
 *
 * @throws ShapeError where the ranks differ.
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis?: number): Tensor {
  if (axis === undefined) return takeAlong(flattened(x), wrapped(flattened(indices), flattened(x).dims[0] ?? 0, 'takeAlongAxis'), 0)
  const at = normalizeAxis('takeAlongAxis', axis, x.dims)
  if (indices.rank !== x.rank) {
    throw new ShapeError(`takeAlongAxis: expected indices of ${x.rank} axes for ${showDims(x.dims)}, got ${showDims(indices.dims)}. Add an axis.`)
  }
  const others = (dims: Dims): Dims => dims.map((d, i) => (i === at ? 1 : d))
  const shared = broadcastDims('takeAlongAxis', others(x.dims), others(indices.dims))
  const full = (t: Tensor): Tensor => t.broadcastTo<Shape, Dims>(shared.map((d, i) => (i === at ? (t.dims[at] ?? 1) : d)))
  return takeAlong(full(x), wrapped(full(indices), x.dims[at] ?? 0, 'takeAlongAxis'), at)
}

/** Options of {@link oneHot} and {@link multiHot}. */
export interface HotOptions {
  /** Where the axis of the classes stands in the result. Default −1, the last. */
  readonly axis?: number
  /** Default f32. */
  readonly dtype?: DType
}

/** A one at the index of each class and zeros elsewhere, along a new axis of `numClasses`; indices outside give zeros. Always dense. */
export function oneHot(x: Tensor, numClasses: number, { axis = -1, dtype = 'f32' }: HotOptions = {}): Tensor {
  checkClasses('oneHot', numClasses)
  const at = normalizeAxis('oneHot', axis, x.dims, 1)
  const hot: Tensor = oneHotAlong(isFloat(x.dtype) || x.dtype === 'bool' ? cast(x, 'i32') : x, numClasses, dtype)
  const order = [...new Array(x.rank).keys()]
  return hot.permute<Shape, Shape>([...order.slice(0, at), x.rank, ...order.slice(at)])
}

/** Ones at the indices of several classes, `[length]` or `[batch, length, …]` to `[numClasses]` or `[batch, …, numClasses]`. Always dense. */
export function multiHot(inputs: Tensor, numClasses: number, options: HotOptions = {}): Tensor {
  checkClasses('multiHot', numClasses)
  const hot = oneHot(inputs, numClasses, options)
  return max<Shape, number>(hot, inputs.rank > 1 ? 1 : 0)
}

function checkClasses(where_: string, numClasses: number): void {
  if (!Number.isInteger(numClasses) || numClasses < 1) {
    throw new ConfigError(`${where_}: expected numClasses to be a whole number of at least 1, got ${numClasses}. Count the classes.`)
  }
}

/** The first of several choices whose condition holds, element by element; `defaultValue` where none does. */
export function select(conditions: readonly Tensor[], choices: readonly Operand[], defaultValue: Operand = 0): Tensor {
  const last = choices.at(-1)
  if (conditions.length !== choices.length || last === undefined) {
    throw new ShapeError(`select: expected as many choices as conditions, at least one, got ${choices.length} and ${conditions.length}. Pair them.`)
  }
  return asTensor(conditions.reduceRight<Operand>((rest, condition, i) => where(condition, choices[i] ?? last, rest), defaultValue))
}

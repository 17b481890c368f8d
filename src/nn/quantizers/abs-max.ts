// Weights as small integers: each group of them over its largest magnitude, or over its range.

import {
  abs,
  cast,
  clip,
  type DType,
  divide,
  equal,
  expandDims,
  isFloat,
  lessEqual,
  max,
  min,
  multiply,
  negate,
  pad,
  reshape,
  round,
  ShapeError,
  slice,
  staticDim,
  subtract,
  type Tensor,
  where,
} from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'

import { checkedAxes, numberWithin, oneOf, wrongOption } from '../options/option-checks.ts'

export interface AbsMaxOptions {
  /** The least and the largest integer. Default [-127, 127]. */
  readonly valueRange?: readonly [min: number, max: number]
  /** Of the integers. Default 'i8'. */
  readonly dtype?: DType
  /** Added to the largest magnitude, so that nothing is divided by 0. Default 1e-7. */
  readonly epsilon?: number
}

/**
 * Integers `round(x · scale)`, cut off at `valueRange`, and their scale: the range's end over the largest magnitude along the axes, which stay with
 * size 1. `integers / scale` is about `x`.
 */
export function absMaxQuantize(
  inputs: Tensor,
  axis: number | readonly number[],
  { valueRange = [-127, 127], dtype = 'i8', epsilon = 1e-7 }: AbsMaxOptions = {},
): [integers: Tensor, scale: Tensor] {
  const range = checkedRange('absMaxQuantize', valueRange, dtype)
  numberWithin('absMaxQuantize', 'epsilon', epsilon, { min: 0 })
  const largest = max(abs(floats(inputs)), typeof axis === 'number' ? [axis] : axis, { keepDims: true })
  const scale = cast(divide(range[1], largest.add(epsilon)), floats(inputs).dtype)
  return [cast(clip(round(multiply(inputs, scale)), range[0], range[1]), dtype), scale]
}

export interface GroupedOptions extends AbsMaxOptions {
  /** The least and the largest integer. Default [-8, 7]. */
  readonly valueRange?: readonly [min: number, max: number]
}

/**
 * A matrix `[rows, columns]` as integers with a scale and a zero point for `blockSize` rows of each column, `[ceil(rows / blockSize), columns]`:
 * `(integers - zeroPoint) · scale` is about `x`. Zero points are i8.
 */
export function absMaxQuantizeGroupedWithZeroPoint(
  inputs: Tensor,
  blockSize: number,
  { valueRange = [-8, 7], dtype = 'i8', epsilon = 1e-7 }: GroupedOptions = {},
): [integers: Tensor, scale: Tensor, zeroPoint: Tensor] {
  const place = 'absMaxQuantizeGroupedWithZeroPoint'
  const [low, high] = checkedRange(place, valueRange, dtype)
  numberWithin(place, 'blockSize', blockSize, { min: 1, whole: true })
  numberWithin(place, 'epsilon', epsilon, { min: 0 })
  const [rowDim, columnDim] = inputs.dims
  if (rowDim === undefined || columnDim === undefined || inputs.rank !== 2) {
    throw new ShapeError(`${place}: expected a matrix [rows, columns], got ${inputs.toString()}. Reshape it.`)
  }
  const [rows, columns] = [staticDim(rowDim, place), staticDim(columnDim, place)]
  const groups = Math.ceil(rows / blockSize)
  const bits = Math.floor(Math.log2(high - low + 1))
  const least = -(2 ** (bits - 1))
  const filled = pad(floats(inputs), [
    [0, groups * blockSize - rows],
    [0, 0],
  ])
  const blocks = reshape(filled, [groups, blockSize, columns])
  // Zeros that fill the last of several groups count for its range, those of a single group do not.
  const ranged = groups > 1 ? blocks : expandDims(floats(inputs), 0)
  const [lows, highs] = [min(ranged, 1), max(ranged, 1)]
  const flat = equal(lows, highs)
  const start: Tensor = where(flat, subtract(lows, 1), lows)
  const span = subtract(where(flat, highs.add(1), highs), start).add(epsilon)
  const even = divide(span, 2 ** bits - 1)
  const scale: Tensor = where(lessEqual(even, 0), 1e-8, even)
  const zeroPoint = clip(round(divide(negate(start), scale)).add(least), least, 2 ** (bits - 1) - 1)
  const integers = clip(round(divide(blocks, expandDims(scale, 1))).add(expandDims(zeroPoint, 1)), low, high)
  const whole = slice(reshape(integers, [groups * blockSize, columns]), [0, 0], [rows, columns])
  return [cast(whole, dtype), scale, cast(zeroPoint, 'i8')]
}

const numbers: readonly DType[] = ['i8', 'u8', 'i32', 'u32', 'i64', 'f32', 'f16', 'bf16', 'f64']

/** Options of {@link AbsMaxQuantizer}. */
export interface AbsMaxQuantizerOptions {
  /** Along which axes magnitudes are compared. Default: the last, or what the call says. */
  readonly axis?: number | readonly number[] | undefined
  /** Default [-127, 127]. */
  readonly valueRange?: readonly [min: number, max: number]
  /** Default 1e-7. */
  readonly epsilon?: number
  /** Default 'i8'. */
  readonly outputDtype?: DType
}

/**
 * {@link absMaxQuantize} with its options.
 *
 * ```ts
 * const [integers, scale] = new quantizers.AbsMaxQuantizer({ axis: 0 }).quantize(weights)
 * ```
 */
export class AbsMaxQuantizer {
  readonly className = 'AbsMaxQuantizer'
  readonly axis: readonly number[] | undefined
  readonly valueRange: readonly [min: number, max: number]
  readonly epsilon: number
  readonly outputDtype: DType

  constructor(given: AbsMaxQuantizerOptions = {}) {
    const {
      axis,
      valueRange = [-127, 127],
      epsilon = 1e-7,
      outputDtype = 'i8',
    } = checkOptionNames('AbsMaxQuantizer', given, ['axis', 'valueRange', 'epsilon', 'outputDtype'])
    if (axis !== undefined) checkedAxes('AbsMaxQuantizer', 'axis', axis)
    this.axis = typeof axis === 'number' ? [axis] : axis
    this.epsilon = numberWithin('AbsMaxQuantizer', 'epsilon', epsilon, { min: 0 })
    this.outputDtype = oneOf('AbsMaxQuantizer', 'outputDtype', outputDtype, numbers)
    this.valueRange = checkedRange('AbsMaxQuantizer', valueRange, this.outputDtype)
  }

  /** Integers and their scale. */
  quantize(x: Tensor, axis: number | readonly number[] = this.axis ?? -1): [integers: Tensor, scale: Tensor] {
    return absMaxQuantize(x, axis, { valueRange: this.valueRange, epsilon: this.epsilon, dtype: this.outputDtype })
  }

  getConfig() {
    const { axis, valueRange, epsilon, outputDtype } = this
    return { ...(axis === undefined ? {} : { axis }), valueRange, epsilon, outputDtype }
  }
}

const floats = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

function checkedRange(place: string, range: readonly [min: number, max: number], dtype: DType): readonly [min: number, max: number] {
  const [low, high] = Array.isArray(range) && range.length === 2 ? range : [Number.NaN, Number.NaN]
  const [least, most] = dtype === 'i8' ? [-128, 127] : dtype === 'u8' ? [0, 255] : [-Infinity, Infinity]
  if (Number.isInteger(low) && Number.isInteger(high) && low < high && low >= least && high <= most) return range
  throw wrongOption(place, 'valueRange', `two rising whole numbers that ${dtype} holds`, range)
}

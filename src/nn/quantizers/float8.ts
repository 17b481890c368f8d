// Floats of eight bits: the scales that training in them keeps, and rounding to them (Micikevicius et al. 2022).

import {
  abs,
  cast,
  clip,
  concat,
  ConfigError,
  type DType,
  divide,
  floor,
  greater,
  log,
  logicalAnd,
  max,
  multiply,
  reciprocal,
  reshape,
  round,
  slice,
  tensor,
  type Tensor,
  where,
} from '../../core/index.ts'
import { customGradient, isfinite, take } from '../../ops/index.ts'
import { numberWithin } from '../options/option-checks.ts'

/** Eight bits of a float: 4 of exponent and 3 of fraction, or 5 and 2. */
export type Float8 = 'float8_e4m3fn' | 'float8_e5m2'

interface Float8Format {
  readonly fraction: number
  /** Exponent of the least normal number. */
  readonly least: number
  /** Exponent of the largest number. */
  readonly most: number
  readonly largest: number
}

const formats: Readonly<Record<Float8, Float8Format>> = {
  float8_e4m3fn: { fraction: 3, least: -6, most: 8, largest: 448 },
  float8_e5m2: { fraction: 2, least: -14, most: 15, largest: 57344 },
}

/** The largest magnitudes of the last steps, `[length]`, with that of `x` as the newest, at 0; the oldest one goes. */
export function computeFloat8AmaxHistory(x: Tensor, amaxHistory: Tensor): Tensor {
  const [length = 0] = amaxHistory.shape
  const newest = reshape(cast(max(abs(x)), amaxHistory.dtype), [1])
  if (length < 2) return newest
  const [first, others] = [slice(amaxHistory, [0], [1]), slice(amaxHistory, [2], [length - 2])]
  return concat(length === 2 ? [newest, first] : [newest, others, first], 0)
}

/** Option of {@link computeFloat8Scale}. */
export interface Float8ScaleOptions {
  /** Powers of two that are left free above the largest magnitude. Default 0. */
  readonly margin?: number
}

/** The scale `amax · 2^margin / dtypeMax`; where `amax` is 0 or not finite, `scale` stays. */
export function computeFloat8Scale(amax: Tensor, scale: Tensor, dtypeMax: number, { margin = 0 }: Float8ScaleOptions = {}): Tensor {
  numberWithin('computeFloat8Scale', 'dtypeMax', dtypeMax, { above: 0 })
  numberWithin('computeFloat8Scale', 'margin', margin)
  const usable = logicalAnd(greater(amax, 0), isfinite(amax))
  const safe: Tensor = where(usable, amax, 1)
  return where(usable, reciprocal(divide(divide(dtypeMax, safe), 2 ** margin)), scale)
}

/**
 * `inputs` as they come back from eight bits: divided by `scale`, cut off at the largest number, rounded to the nearest (even in the middle), times
 * `scale`. Gradients pass through the rounding.
 */
export function quantizeAndDequantize(inputs: Tensor, scale: Tensor | number, quantizedDtype: Float8, computeDtype: DType = 'f32'): Tensor {
  const format = Object.hasOwn(formats, quantizedDtype) ? formats[quantizedDtype] : undefined
  if (format === undefined) {
    throw new ConfigError(
      `quantizeAndDequantize: expected quantizedDtype to be one of ${Object.keys(formats).join(', ')}, got '${String(quantizedDtype)}'. Choose one of them.`,
    )
  }
  const factor = typeof scale === 'number' ? scale : cast(scale, computeDtype)
  const cut = clip(divide(cast(inputs, computeDtype), factor), -format.largest, format.largest)
  const rounded = customGradient((x: Tensor) => [roundTo(format, x), (upstream: Tensor): [Tensor] => [upstream]])
  return multiply(rounded(cut), factor)
}

/** The nearest numbers of a format. Next to a power of two an exponent too low or too high gives the same number. */
function roundTo({ fraction, least, most }: Float8Format, x: Tensor): Tensor {
  const size = abs(cast(x, 'f32'))
  const exponent = floor(divide(log(clip(size, 2 ** least, Infinity)), Math.LN2))
  // Powers of two from a table: computed ones may be inexact.
  const steps = Float32Array.from({ length: most - least + 1 }, (_, i) => 2 ** (least + i - fraction))
  const step = take(tensor(steps), cast(clip(exponent.subtract(least), 0, most - least), 'i32'), 0)
  return cast(multiply(round(divide(cast(x, 'f32'), step)), step), x.dtype)
}

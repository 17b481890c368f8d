// Constraints on the Euclidean norms of weights along an axis: of a dense kernel [inputs, units], axis 0 is what one unit weighs with.

import { clip, ConfigError, type Shape, sqrt, square, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, numbersWithin, shown, wrongOption } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedConstraint } from './constraint.ts'

/** Options of every constraint on norms. */
export interface AxisOption {
  /** The axis, or axes, that a norm is taken along. Default 0; of a convolution's kernel [height, width, in, out], `[0, 1, 2]`. */
  readonly axis?: number | readonly number[]
}

/** Options of {@link MaxNorm}. */
export interface MaxNormOptions extends AxisOption {
  /** The largest norm. Default 2. */
  readonly maxValue?: number
}

/** Options of {@link MinMaxNorm}. */
export interface MinMaxNormOptions extends AxisOption {
  /** The smallest norm. Default 0. */
  readonly minValue?: number
  /** The largest norm. Default 1. */
  readonly maxValue?: number
  /** The part of the way that one update goes. Default 1: all of it. */
  readonly rate?: number
}

/** Added to norms that are divided by. */
const epsilon = 1e-7

function checkedAxis(where: string, axis: number | readonly number[]): number | readonly number[] {
  const axes = typeof axis === 'number' ? [axis] : axis
  if (!Array.isArray(axes) || axes.length === 0 || !axes.every(Number.isInteger)) {
    throw new ConfigError(`${where}: expected axis to be a whole number or a list of them, got ${shown(axis)}. Change it.`)
  }
  return axis
}

const normsOf = (weight: Tensor, axis: number | readonly number[]): Tensor =>
  sqrt(sum<Shape, number | Shape, true>(square(weight), axis, { keepDims: true }))

/** Norms of at most maxValue: w·clip(‖w‖, 0, maxValue) / (ε + ‖w‖), ε = 1e-7 (Srivastava et al. 2014, §5.1). */
export class MaxNorm extends NamedConstraint {
  readonly className: string = 'MaxNorm'
  private readonly maxValue: number
  private readonly axis: number | readonly number[]

  constructor(given: MaxNormOptions = {}) {
    const { maxValue = 2, axis = 0 } = checkOptionNames('MaxNorm', given, ['maxValue', 'axis'])
    super()
    this.maxValue = numberWithin('MaxNorm', 'maxValue', maxValue, { min: 0 })
    this.axis = checkedAxis('MaxNorm', axis)
  }

  call(weight: Tensor): Tensor {
    const norms = normsOf(weight, this.axis)
    return weight.multiply(clip(norms, 0, this.maxValue).divide(norms.add(epsilon)))
  }

  getConfig(): Config {
    return { maxValue: this.maxValue, axis: this.axis }
  }
}

/** Norms of 1: w / (ε + ‖w‖), ε = 1e-7. */
export class UnitNorm extends NamedConstraint {
  readonly className: string = 'UnitNorm'
  private readonly axis: number | readonly number[]

  constructor(given: AxisOption = {}) {
    const { axis = 0 } = checkOptionNames('UnitNorm', given, ['axis'])
    super()
    this.axis = checkedAxis('UnitNorm', axis)
  }

  call(weight: Tensor): Tensor {
    return weight.divide(normsOf(weight, this.axis).add(epsilon))
  }

  getConfig(): Config {
    return { axis: this.axis }
  }
}

/** Norms between minValue and maxValue: w·(rate·clip(‖w‖, minValue, maxValue) + (1 − rate)·‖w‖) / (ε + ‖w‖), ε = 1e-7. */
export class MinMaxNorm extends NamedConstraint {
  readonly className: string = 'MinMaxNorm'
  private readonly minValue: number
  private readonly maxValue: number
  private readonly rate: number
  private readonly axis: number | readonly number[]

  constructor(given: MinMaxNormOptions = {}) {
    const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = checkOptionNames('MinMaxNorm', given, ['minValue', 'maxValue', 'rate', 'axis'])
    super()
    numbersWithin('MinMaxNorm', { minValue, rate }, { min: 0 })
    this.minValue = minValue
    this.maxValue = numberWithin('MinMaxNorm', 'maxValue', maxValue, { min: 0 })
    if (minValue > maxValue) throw wrongOption('MinMaxNorm', 'minValue', `at most maxValue, ${maxValue}`, minValue)
    this.rate = numberWithin('MinMaxNorm', 'rate', rate, { max: 1 })
    this.axis = checkedAxis('MinMaxNorm', axis)
  }

  call(weight: Tensor): Tensor {
    const norms = normsOf(weight, this.axis)
    const allowed = clip(norms, this.minValue, this.maxValue).multiply(this.rate)
    const wanted: Tensor = this.rate === 1 ? allowed : allowed.add(norms.multiply(1 - this.rate))
    return weight.multiply(wanted.divide(norms.add(epsilon)))
  }

  getConfig(): Config {
    return { minValue: this.minValue, maxValue: this.maxValue, rate: this.rate, axis: this.axis }
  }
}

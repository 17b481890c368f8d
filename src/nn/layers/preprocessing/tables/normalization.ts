// Numbers with mean 0 and variance 1, by figures of the data rather than of the batch.

import {
  binary,
  cast,
  ConfigError,
  type Dims,
  isFloat,
  mean,
  numbersOf,
  type Shape,
  ShapeError,
  showDims,
  TenonError,
  type Tensor,
  tensor,
  unary,
  variance,
} from '../../../../core/index.ts'
import { currentContext } from '../../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { flag, listOf, numberWithin, wrongOption } from '../../../options/option-checks.ts'
import type { Parameter } from '../../../layer/parameter.ts'
import { type AdaptData, type AdaptOptions, type NestedData, tensorBatches } from '../batches-of.ts'

/** Options of {@link Normalization}. */
export interface NormalizationOptions extends LayerOptions {
  /** Axes along which every place has a mean of its own; null for one mean of all. Default −1. */
  readonly axis?: number | readonly number[] | null
  /** The mean: a number, or nested arrays of as many axes as `axis` has or fewer. Default: what `adapt` finds, 0 before. */
  readonly mean?: NestedData | null
  /** The variance, likewise; with `mean`. */
  readonly variance?: NestedData | null
  /** The way back: x · √variance + mean. Default false. */
  readonly invert?: boolean
}

const leastDeviation = 1e-7

/**
 * (x − mean) / max(√variance, 10⁻⁷) of floats or whole numbers of any shape.
 *
 * Parameters (not trained; none where `mean` and `variance` are given): `mean` and `variance`, the sizes of `axis`; `count`, as in Keras's files.
 *
 * ```ts
 * const normalize = layers.normalization()
 * normalize.adapt([[0, 7, 4], [2, 9, 6]])
 * normalize(tensor([[0, 7, 4]])) // [[-1, -1, -1]]
 * ```
 */
export class Normalization extends Layer {
  private readonly axis: readonly number[]
  private readonly given: { readonly mean: NestedData; readonly variance: NestedData } | undefined
  private readonly invert: boolean
  private kept: readonly number[] = []
  private broadcast: readonly number[] = []
  mean: Parameter | undefined
  variance: Parameter | undefined

  constructor(options: NormalizationOptions = {}) {
    super(options, 'Normalization', ['axis', 'mean', 'variance', 'invert'])
    const { axis = -1 } = options
    this.axis = axis === null ? [] : typeof axis === 'number' ? [axis] : axis
    listOf(this.name, 'axis', this.axis, (at) => numberWithin(this.name, 'axis', at, { whole: true }))
    this.invert = flag(this.name, 'invert', options.invert ?? false)
    this.supportsMasking = true
    const [given, spread] = [options.mean ?? undefined, options.variance ?? undefined]
    if (given === undefined && spread === undefined) return
    if (given === undefined || spread === undefined) {
      throw new ConfigError(`${this.name}: expected mean and variance together, got only ${given === undefined ? 'variance' : 'mean'}. Give both.`)
    }
    const [shape, other] = [this.figureOf('mean', given).shape, this.figureOf('variance', spread).shape]
    if (shape.join() !== other.join() || shape.length > this.axis.length) {
      const sizes = `[${shape.join(', ')}] and [${other.join(', ')}]`
      throw new ConfigError(
        `${this.name}: expected mean and variance of one shape with at most ${this.axis.length} axes (those of axis), got ${sizes}. Change them.`,
      )
    }
    this.given = { mean: given, variance: spread }
  }

  private figureOf(option: string, data: NestedData): Tensor {
    try {
      const figure = numbers(data)
      if (figure.size > 0 && figure.dtype !== 'bool' && Array.from(numbersOf(figure.storageSync())).every(Number.isFinite)) return figure
    } catch (error) {
      if (!(error instanceof TenonError)) throw error
    }
    throw wrongOption(this.name, option, 'finite numbers', data)
  }

  override build(shape: Dims): void {
    const rank = shape.length
    for (const at of this.axis) {
      if (at < -rank || at >= rank) {
        throw new ShapeError(`${this.name}: expected every axis from ${-rank} to ${rank - 1} for inputs ${showDims(shape)}, got ${at}. Change axis.`)
      }
    }
    this.kept = this.axis.map((at) => (at < 0 ? at + rank : at)).sort((a, b) => a - b)
    const sizes = this.kept.map((at) => {
      const size = shape[at]
      if (typeof size === 'number') return size
      throw new ShapeError(
        `${this.name}: expected a known size of axis ${at}, which has a mean for each place, got ${showDims(shape)}. Fix that axis.`,
      )
    })
    this.broadcast = shape.map((_, at) => (this.kept.includes(at) ? (sizes[this.kept.indexOf(at)] ?? 1) : 1))
    if (this.given !== undefined) return
    this.mean = this.parameter('mean', sizes, 'zeros', { trainable: false })
    this.variance = this.parameter('variance', sizes, 'ones', { trainable: false })
    this.parameter('count', [], 'zeros', { trainable: false })
  }

  /** Takes mean and variance of data: all at once, or of batches (the first axis) of any sizes one after another. */
  adapt(data: AdaptData, options: AdaptOptions = {}): void {
    if (this.given !== undefined) {
      throw new ConfigError(
        `${this.name}: expected mean and variance to be left out where they are to be found in data, they are given. Leave them out.`,
      )
    }
    let total: { readonly count: number; readonly mean: Tensor; readonly variance: Tensor } | undefined
    for (const batch of tensorBatches(data, options)) {
      const floats = this.floats(batch)
      if (!this.built) this.apply(floats, currentContext())
      this.checkBatch(floats)
      const reduced = floats.dims.map((_, at) => at).filter((at) => !this.kept.includes(at))
      const own = { count: reduced.reduce((n, at) => n * (floats.shape[at] ?? 1), 1), ...figures(floats, reduced) }
      total = total === undefined ? own : merged(total, own)
    }
    if (total === undefined) throw new ConfigError(`${this.name}: expected at least one batch of data, got none. Give adapt more.`)
    this.mean?.assign(cast(total.mean, this.dtypePolicy.variableDtype))
    this.variance?.assign(cast(total.variance, this.dtypePolicy.variableDtype))
  }

  call(x: Tensor): Tensor {
    const floats = this.floats(x)
    const center = this.placed(this.given?.mean, this.mean, floats)
    const deviation = binary('maximum', unary('sqrt', this.placed(this.given?.variance, this.variance, floats)), leastDeviation)
    if (this.invert) return binary('add', center, binary('multiply', floats, deviation))
    return binary('divide', binary('subtract', floats, center), deviation)
  }

  override getConfig(): LayerConfig {
    const { axis, invert, given } = this
    return { ...super.getConfig(), axis: [...axis], invert, ...given }
  }

  private floats(x: Tensor): Tensor {
    return isFloat(x.dtype) ? x : cast(x, this.dtypePolicy.computeDtype)
  }

  /** Given numbers or a parameter, in the places of the kept axes. */
  private placed(given: NestedData | undefined, parameter: Parameter | undefined, { dtype }: Tensor): Tensor {
    if (given === undefined) return this.read(parameter).reshape<Shape, Dims>(this.broadcast)
    const value = cast(numbers(given), dtype)
    const shape = this.broadcast.map((_, at) => {
      const place = this.kept.indexOf(at)
      return place === -1 ? 1 : (value.shape[place - this.kept.length + value.rank] ?? 1)
    })
    return value.reshape<Shape, Dims>(shape)
  }

  private checkBatch({ dims }: Tensor): void {
    if (dims.length === this.broadcast.length && this.kept.every((at) => dims[at] === this.broadcast[at])) return
    const expected = this.broadcast.map((size, at) => (this.kept.includes(at) ? size : '…')).join(', ')
    throw new ShapeError(`${this.name}: expected data [${expected}], got ${showDims(dims)}. Give adapt what the layer was built for.`)
  }
}

const numbers = (data: NestedData): Tensor => (typeof data === 'number' ? tensor([data], []) : tensor(data))

interface Figures {
  readonly mean: Tensor
  readonly variance: Tensor
}

const figures = (x: Tensor, axes: readonly number[]): Figures =>
  axes.length === 0
    ? { mean: x, variance: x.multiply(0) }
    : { mean: mean<Shape, readonly number[]>(x, axes), variance: variance<Shape, readonly number[]>(x, axes) }

/** Mean and variance of two parts together (Chan, Golub & LeVeque 1983). */
function merged<F extends Figures & { readonly count: number }>(a: F, b: F) {
  const count = a.count + b.count
  const [p, q] = [a.count / count, b.count / count]
  const center = binary('add', a.mean.multiply(p), b.mean.multiply(q))
  const spread = (part: Figures): Tensor => {
    const away = binary('subtract', part.mean, center)
    return binary('add', part.variance, binary('multiply', away, away))
  }
  return { count, mean: center, variance: binary('add', spread(a).multiply(p), spread(b).multiply(q)) }
}

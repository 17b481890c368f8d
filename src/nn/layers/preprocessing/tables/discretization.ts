// Numbers as the bins they fall into.

import { cast, ConfigError, isFloat, numbersOf, type Tensor, tensor } from '../../../../core/index.ts'
import { digitize } from '../../../../ops/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { numberWithin, oneOf, positive, wrongOption } from '../../../options/option-checks.ts'
import { type AdaptData, type AdaptOptions, asTensor, type NestedData, tensorBatches } from '../batches-of.ts'
import { encodeCategories, type OutputMode } from './encode-categories.ts'
import { binBoundariesOf, emptySummary, mergeSummaries, summarize } from './quantile-summary.ts'

/** Options of {@link Discretization}: either `binBoundaries` or `numBins`. */
export interface DiscretizationOptions extends LayerOptions {
  /** The values between the bins, ascending: `[0, 1, 2]` makes the bins (−∞, 0), [0, 1), [1, 2), [2, ∞). */
  readonly binBoundaries?: readonly number[] | null
  /** How many bins `adapt` is to find, each with about as many elements. */
  readonly numBins?: number | null
  /** How exact quantiles have to be: a share of the elements. Default 0.01. */
  readonly epsilon?: number
  /** `int` (default) the bin's number, or the encodings of {@link CategoryEncoding}. */
  readonly outputMode?: OutputMode
}

/**
 * Numbers of any shape as the number (i32) of their bin, or as vectors of floats. Boundaries are given, or quantiles of data.
 *
 * ```ts
 * const bins = layers.discretization({ numBins: 4 })
 * bins.adapt([[-1.5, 1, 3.4, 0.5], [0, 3, 1.3, 0]])
 * bins(tensor([0.2, 2])) // [1, 3]
 * ```
 */
export class Discretization extends Layer {
  private boundaries: readonly number[] | undefined
  private readonly numBins: number | undefined
  private readonly epsilon: number
  private readonly outputMode: OutputMode
  private summary = emptySummary

  constructor(options: DiscretizationOptions) {
    super(options, 'Discretization', ['binBoundaries', 'numBins', 'epsilon', 'outputMode'])
    const { binBoundaries, numBins } = options
    if ((binBoundaries ?? undefined) === undefined ? (numBins ?? undefined) === undefined : (numBins ?? undefined) !== undefined) {
      throw new ConfigError(`${this.name}: expected one of binBoundaries and numBins, got ${binBoundaries == null ? 'none' : 'both'}. Give one.`)
    }
    this.boundaries = binBoundaries == null ? undefined : this.ascending(binBoundaries)
    this.numBins = numBins == null ? undefined : positive(this.name, 'numBins', numBins)
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 0.01, { above: 0, below: 1 })
    this.outputMode = oneOf(this.name, 'outputMode', options.outputMode ?? 'int', ['int', 'one_hot', 'multi_hot', 'count'])
  }

  /** The values between the bins; undefined before they are known. */
  get binBoundaries(): readonly number[] | undefined {
    return this.boundaries
  }

  /** Takes the quantiles of data as boundaries; a model that was compiled before keeps the boundaries it had. */
  adapt(data: AdaptData, options: AdaptOptions = {}): void {
    this.resetState()
    for (const batch of tensorBatches(data, options)) this.updateState(batch)
    this.finalizeState()
  }

  /** Looks at a batch; {@link finalizeState} makes the boundaries of all batches since {@link resetState}. */
  updateState(data: Tensor | NestedData): void {
    this.bins()
    const batch = summarize(numbersOf(asTensor(data).storageSync()), this.epsilon)
    this.summary = mergeSummaries(batch, this.summary, this.epsilon)
  }

  finalizeState(): void {
    if (this.summary.values.length === 0) {
      throw new ConfigError(`${this.name}: expected data with at least one number, got none. Give adapt more.`)
    }
    this.boundaries = binBoundariesOf(this.summary, this.bins())
  }

  resetState(): void {
    this.summary = emptySummary
  }

  call(x: Tensor): Tensor {
    if (this.boundaries === undefined) {
      throw new ConfigError(`${this.name}: expected to know its bins before it is called, it does not. Call adapt(data), or give binBoundaries.`)
    }
    const floats = isFloat(x.dtype) ? x : cast(x, 'f32')
    const indices = digitize(floats, tensor(this.boundaries, [this.boundaries.length], { dtype: floats.dtype }))
    return encodeCategories(indices, { mode: this.outputMode, depth: this.boundaries.length + 1, dtype: this.dtypePolicy.computeDtype })
  }

  /** Once boundaries are known they take the place of `numBins`. */
  override getConfig(): LayerConfig {
    const { boundaries, numBins, epsilon, outputMode } = this
    return { ...super.getConfig(), ...(boundaries === undefined ? { numBins } : { binBoundaries: [...boundaries] }), epsilon, outputMode }
  }

  private bins(): number {
    if (this.numBins !== undefined) return this.numBins
    throw new ConfigError(`${this.name}: expected numBins where bins are to be found in data, got binBoundaries. Make a layer with numBins.`)
  }

  private ascending(boundaries: readonly number[]): readonly number[] {
    if (!Array.isArray(boundaries)) throw wrongOption(this.name, 'binBoundaries', 'a list of numbers', boundaries)
    boundaries.forEach((value, i) => {
      numberWithin(this.name, 'every one of binBoundaries', value, i === 0 ? {} : { min: boundaries[i - 1] ?? 0 })
    })
    return [...boundaries]
  }
}
